using System.Runtime.InteropServices;
using LibBpf.Native;
using Microsoft.Extensions.Logging;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfObject"/> is an object in the kernel: loaded programs and maps. What it hands out stays valid until it is disposed and throws
/// <see cref="ObjectDisposedException"/> then. Links, ring buffers and mapped arrays have a life of their own: dispose them first.
/// </summary>
public sealed unsafe class BpfObject : IDisposable
{
    private readonly BpfObjectHandle _handle;

    internal BpfObject(string name, BpfObjectHandle handle)
    {
        Name = name;
        _handle = handle;
    }

    /// <summary>Gets the name that the object was opened with.</summary>
    public string Name { get; }

    /// <summary>
    /// Gets the owner of the native <c>struct bpf_object *</c>, which is the handle's value, for calls that this library lacks. This object
    /// disposes it; hold it with <see cref="SafeHandle.DangerousAddRef"/> for as long as you use the pointer, or one of a program or map in it.
    /// </summary>
    public SafeHandle Handle => _handle;

    /// <summary>Lists the programs of the object file, also those that were not loaded.</summary>
    /// <returns>The programs in the file's order.</returns>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public IReadOnlyList<BpfProgram> Programs()
    {
        var programs = new List<BpfProgram>();
        for (var each = NativeLibBpf.bpf_object__next_program(_handle, 0); each != 0; each = NativeLibBpf.bpf_object__next_program(_handle, each))
        {
            programs.Add(new BpfProgram(Marshal.PtrToStringUTF8((nint)NativeLibBpf.bpf_program__name(each))!, each, _handle));
        }
        return programs;
    }

    /// <summary>Lists the maps of the object file, among them those that libbpf makes for sections of data.</summary>
    /// <returns>The maps in the file's order.</returns>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public IReadOnlyList<BpfMap> Maps()
    {
        var maps = new List<BpfMap>();
        for (var each = NativeLibBpf.bpf_object__next_map(_handle, 0); each != 0; each = NativeLibBpf.bpf_object__next_map(_handle, each))
        {
            maps.Add(new BpfMap(Marshal.PtrToStringUTF8((nint)NativeLibBpf.bpf_map__name(each))!, each, _handle));
        }
        return maps;
    }

    /// <summary>Finds a program.</summary>
    /// <param name="name">The name of its C function.</param>
    /// <returns>The program.</returns>
    /// <exception cref="BpfException">There is no such program.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfProgram Program(string name)
    {
        var pointer = NativeLibBpf.bpf_object__find_program_by_name(_handle, name);
        return new BpfProgram(name, BpfError.CheckPointer(pointer, $"finding program {name} in {Name}"), _handle);
    }

    /// <summary>Finds a map of any kind.</summary>
    /// <param name="name">The name of its C variable.</param>
    /// <returns>The map.</returns>
    /// <exception cref="BpfException">There is no such map.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfMap Map(string name)
    {
        var pointer = NativeLibBpf.bpf_object__find_map_by_name(_handle, name);
        return new BpfMap(name, BpfError.CheckPointer(pointer, $"finding map {name} in {Name}"), _handle);
    }

    /// <summary>Finds a map of any kind, if the object has it and was loaded with it.</summary>
    /// <param name="name">The name of its C variable.</param>
    /// <returns>The map; null when the object has no such map, or was loaded without it.</returns>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfMap? FindMap(string name)
    {
        var pointer = NativeLibBpf.bpf_object__find_map_by_name(_handle, name);
        return pointer != 0 && NativeLibBpf.bpf_map__fd(pointer) >= 0 ? new BpfMap(name, pointer, _handle) : null;
    }

    /// <summary>Finds a hash map, which may be an LRU one, or a trie of prefixes (LPM).</summary>
    /// <typeparam name="TKey">The layout of a key; its size must be the map's.</typeparam>
    /// <typeparam name="TValue">The layout of a value; its size must be the map's.</typeparam>
    /// <param name="name">The name of its C variable.</param>
    /// <returns>The map.</returns>
    /// <exception cref="ArgumentException">The sizes differ, or the map is of another kind.</exception>
    /// <exception cref="BpfException">There is no such map.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfHashMap<TKey, TValue> HashMap<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged => new(Map(name));

    /// <summary>Finds an array.</summary>
    /// <inheritdoc cref="HashMap{TKey,TValue}"/>
    public BpfArrayMap<TValue> ArrayMap<TValue>(string name) where TValue : unmanaged => new(Map(name));

    /// <summary>Finds an array with a copy of each value for every CPU.</summary>
    /// <inheritdoc cref="HashMap{TKey,TValue}"/>
    public BpfPerCpuArrayMap<TValue> PerCpuArrayMap<TValue>(string name) where TValue : unmanaged => new(Map(name));

    /// <summary>Finds an array of sockets (<c>SOCKMAP</c>), declared with values of eight bytes.</summary>
    /// <inheritdoc cref="HashMap{TKey,TValue}"/>
    public BpfSocketMap SocketMap(string name) => new(Map(name));

    /// <summary>Maps an array of 64-bit words that was declared with <c>BPF_F_MMAPABLE</c> into this process.</summary>
    /// <param name="name">The name of its C variable.</param>
    /// <returns>The array, which is to be disposed.</returns>
    /// <exception cref="ArgumentException">The sizes differ, or the map cannot be mapped.</exception>
    /// <exception cref="BpfException">There is no such map, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfMappedArray MappedArray(string name) => new(Map(name));

    /// <summary>Opens a ring buffer for reading by <see cref="BpfRingBuffer.Poll"/> and <see cref="BpfRingBuffer.Consume"/>.</summary>
    /// <param name="name">The name of its C variable.</param>
    /// <param name="handler">Takes each record, in order, inside those calls.</param>
    /// <returns>The ring buffer, which is to be disposed before this object.</returns>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfException">There is no such map, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfRingBuffer RingBuffer(string name, RingBufferHandler handler) => new(Map(name), handler);

    /// <summary>Starts a thread that hands each record of a ring buffer to a handler.</summary>
    /// <param name="name">The name of its C variable.</param>
    /// <param name="handler">Takes each record, in order, on that thread.</param>
    /// <param name="logger">Is told of what the handler throws and of what fails on the thread.</param>
    /// <param name="urgent">
    /// Whether the thread runs as soon as the kernel wakes it, before every ordinary thread of the machine (<c>SCHED_FIFO</c> at its lowest
    /// priority, sched(7)), where the process may ask for that (CAP_SYS_NICE or RLIMIT_RTPRIO); else it runs as other threads do.
    /// This is only for handlers that take microseconds and never block.
    /// </param>
    /// <returns>The reader, which is to be disposed before this object.</returns>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfException">There is no such map, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public BpfRingBufferReader ReadRingBuffer(string name, RingBufferHandler handler, ILogger logger, bool urgent = false) => new(Map(name), handler, logger, urgent);

    /// <summary>Unloads the programs and maps that no link and no mapping holds.</summary>
    public void Dispose() => _handle.Dispose();
}
