using System.Runtime.InteropServices;

namespace Gateway.Lab.Linking;

/// <summary>
/// Frames in flight: a ring for one producer thread and one consumer thread, outside the managed heap, so that
/// passing a frame allocates nothing and the collector never runs.
/// </summary>
internal sealed unsafe class FrameQueue : IDisposable
{
    /// <summary>Room for one frame: 1500 bytes MTU, 14 Ethernet header, 4 for a VLAN tag (IEEE 802.3), rounded up to a power of two.</summary>
    public const int SlotSize = 2048;

    private readonly byte* _frames;
    private readonly int[] _lengths;
    private readonly long[] _stamps;
    private readonly int _mask;
    private long _head;
    private long _tail;

    /// <param name="capacity">Frames; a power of two.</param>
    public FrameQueue(int capacity)
    {
        _mask = capacity - 1;
        _frames = (byte*)NativeMemory.Alloc((nuint)capacity, SlotSize);
        _lengths = new int[capacity];
        _stamps = new long[capacity];
    }

    public bool IsEmpty => Volatile.Read(ref _tail) == Volatile.Read(ref _head);

    /// <summary>Frames inside.</summary>
    public long Count => Volatile.Read(ref _head) - Volatile.Read(ref _tail);

    /// <summary>Producer: the slot for the next frame, or null when the ring is full.</summary>
    public byte* Reserve() => Count <= _mask ? _frames + ((_head & _mask) * SlotSize) : null;

    /// <summary>Producer: the reserved slot holds a frame that came at <paramref name="stamp"/> (monotonic, nanoseconds).</summary>
    public void Publish(int length, long stamp)
    {
        _lengths[_head & _mask] = length;
        _stamps[_head & _mask] = stamp;
        Volatile.Write(ref _head, _head + 1);
    }

    /// <summary>Consumer: the oldest frame, or null.</summary>
    public byte* Peek(out int length, out long stamp)
    {
        if (IsEmpty)
        {
            (length, stamp) = (0, 0);
            return null;
        }

        length = _lengths[_tail & _mask];
        stamp = _stamps[_tail & _mask];
        return _frames + ((_tail & _mask) * SlotSize);
    }

    /// <summary>Consumer: done with the oldest frame; its slot is the producer's again.</summary>
    public void Advance() => Volatile.Write(ref _tail, _tail + 1);

    public void Dispose() => NativeMemory.Free(_frames);
}
