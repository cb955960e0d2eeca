using Gateway.Ebpf.Native;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf;

/// <summary>
/// An object in the kernel: loaded programs and maps. What it hands out stays valid until it is disposed and throws
/// <see cref="ObjectDisposedException"/> then. Links, ring buffers and mapped arrays have a life of their own: dispose them first.
/// </summary>
public sealed class BpfObject : IDisposable
{
    private readonly BpfObjectHandle _handle;

    internal BpfObject(string name, BpfObjectHandle handle)
    {
        Name = name;
        _handle = handle;
    }

    public string Name { get; }

    /// <exception cref="BpfException">There is no such program.</exception>
    public BpfProgram Program(string name)
    {
        var pointer = LibBpf.bpf_object__find_program_by_name(_handle, name);
        return new BpfProgram(name, BpfError.CheckPointer(pointer, $"finding program {name} in {Name}"), _handle);
    }

    /// <summary>A hash map. The sizes of both types must be those of the map.</summary>
    /// <exception cref="ArgumentException">They are not, or the map is of another kind.</exception>
    public BpfHashMap<TKey, TValue> HashMap<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged =>
        new(Map(name));

    /// <inheritdoc cref="HashMap{TKey,TValue}"/>
    public BpfArrayMap<TValue> ArrayMap<TValue>(string name) where TValue : unmanaged => new(Map(name));

    /// <inheritdoc cref="HashMap{TKey,TValue}"/>
    public BpfPerCpuArrayMap<TValue> PerCpuArrayMap<TValue>(string name) where TValue : unmanaged => new(Map(name));

    /// <inheritdoc cref="HashMap{TKey,TValue}"/>
    public BpfSocketMap SocketMap(string name) => new(Map(name));

    /// <summary>An array with BPF_F_MMAPABLE, as memory of this process. Dispose it.</summary>
    /// <exception cref="ArgumentException">The sizes differ, or the map cannot be mapped.</exception>
    public BpfMappedArray MappedArray(string name) => new(Map(name));

    /// <summary>Starts a thread that hands each record of a ring buffer to <paramref name="handler"/>. Dispose it before this object.</summary>
    public BpfRingBuffer RingBuffer(string name, RingBufferHandler handler, ILogger logger, bool urgent = false) => new(Map(name), handler, logger, urgent);

    /// <summary>Unloads what no link holds.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Null when the object has no such map, or was loaded without it.</summary>
    internal BpfMap? TryFindMap(string name)
    {
        var pointer = LibBpf.bpf_object__find_map_by_name(_handle, name);
        return pointer != 0 && LibBpf.bpf_map__fd(pointer) >= 0 ? new BpfMap(name, pointer, _handle) : null;
    }

    private BpfMap Map(string name)
    {
        var pointer = LibBpf.bpf_object__find_map_by_name(_handle, name);
        return new BpfMap(name, BpfError.CheckPointer(pointer, $"finding map {name} in {Name}"), _handle);
    }
}
