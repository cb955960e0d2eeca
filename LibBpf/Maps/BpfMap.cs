using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfMap"/> is a map of a <see cref="BpfObject"/>, of any kind: a name, a type and sizes. It is valid as long as that object is not disposed. The typed
/// classes, as <see cref="BpfHashMap{TKey,TValue}"/>, read and write it.
/// </summary>
public sealed class BpfMap
{
    private readonly nint _pointer;
    private readonly BpfObjectHandle _owner;

    internal BpfMap(string name, nint pointer, BpfObjectHandle owner)
    {
        Name = name;
        _pointer = pointer;
        _owner = owner;
        using var lease = Lease();
        Type = NativeLibBpf.bpf_map__type(pointer);
        Flags = NativeLibBpf.bpf_map__map_flags(pointer);
        KeySize = (int)NativeLibBpf.bpf_map__key_size(pointer);
        ValueSize = (int)NativeLibBpf.bpf_map__value_size(pointer);
        MaxEntries = NativeLibBpf.bpf_map__max_entries(pointer);
    }

    /// <summary>Gets the name of the map's C variable, or of the section of data.</summary>
    public string Name { get; }

    /// <summary>Gets the kind of the map.</summary>
    public BpfMapType Type { get; }

    /// <summary>Gets the flags that the map was declared with (<c>BPF_F_...</c> of linux/bpf.h).</summary>
    public uint Flags { get; }

    /// <summary>Gets the size of a key in bytes; 0 for kinds without keys.</summary>
    public int KeySize { get; }

    /// <summary>Gets the size of a value in bytes; 0 for kinds without values.</summary>
    public int ValueSize { get; }

    /// <summary>Gets how many entries the map can hold; for a ring buffer it is its size in bytes.</summary>
    public uint MaxEntries { get; }

    /// <summary>
    /// Gets the native <c>struct bpf_map *</c>, for calls that this library lacks. The object owns it: hold <see cref="BpfObject.Handle"/>
    /// for as long as you use the pointer.
    /// </summary>
    public nint NativePointer => _pointer;

    /// <summary>Gets the number of the map's file descriptor, for calls that this library lacks. The object owns it: do not close it.</summary>
    /// <exception cref="BpfException">The object was loaded without the map.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public int FileDescriptor
    {
        get
        {
            using var lease = Lease();
            return Descriptor;
        }
    }

    /// <summary>The pointer; use it only under a <see cref="Lease"/>.</summary>
    internal nint Pointer => _pointer;

    /// <summary>The descriptor's number; use it only under a <see cref="Lease"/>.</summary>
    internal int Descriptor => BpfError.Check(NativeLibBpf.bpf_map__fd(_pointer), $"using map {Name}, which was not loaded");

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
