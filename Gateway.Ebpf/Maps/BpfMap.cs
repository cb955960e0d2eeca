using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>What all maps have in common: a name, a <c>struct bpf_map</c> inside an object, and its sizes.</summary>
internal sealed class BpfMap
{
    private readonly nint _pointer;
    private readonly BpfObjectHandle _owner;

    internal BpfMap(string name, nint pointer, BpfObjectHandle owner)
    {
        Name = name;
        _pointer = pointer;
        _owner = owner;
        using var lease = Lease();
        Type = LibBpf.bpf_map__type(pointer);
        Flags = LibBpf.bpf_map__map_flags(pointer);
        KeySize = (int)LibBpf.bpf_map__key_size(pointer);
        ValueSize = (int)LibBpf.bpf_map__value_size(pointer);
        MaxEntries = LibBpf.bpf_map__max_entries(pointer);
    }

    internal string Name { get; }
    internal BpfMapType Type { get; }
    internal uint Flags { get; }
    internal int KeySize { get; }
    internal int ValueSize { get; }
    internal uint MaxEntries { get; }

    /// <summary>The pointer; use it only under a <see cref="Lease"/>.</summary>
    internal nint Pointer => _pointer;

    /// <summary>The descriptor's number; use it only under a <see cref="Lease"/>.</summary>
    internal int Descriptor => BpfError.Check(LibBpf.bpf_map__fd(_pointer), $"using map {Name}, which was not loaded");

    internal HandleLease Lease() => new(_owner);

    internal unsafe BpfMap Require<TKey, TValue>(BpfMapType type) where TKey : unmanaged where TValue : unmanaged
    {
        RequireType(type);
        if (KeySize != sizeof(TKey) || ValueSize != sizeof(TValue))
        {
            throw new ArgumentException(
                $"Map {Name} has keys of {KeySize} and values of {ValueSize} bytes; {typeof(TKey).Name} has {sizeof(TKey)} and {typeof(TValue).Name} {sizeof(TValue)}.");
        }
        return this;
    }

    internal BpfMap RequireType(BpfMapType type) =>
        Type == type ? this : throw new ArgumentException($"Map {Name} is a {Type}, not a {type}.");
}
