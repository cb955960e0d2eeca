using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfRingBuffer"/> reads a ring buffer when its owner says so: <see cref="Consume"/> takes what is there, <see cref="Poll"/> waits for it. Calls must
/// not overlap; <see cref="Dispose"/> may come from any thread and from the handler. <see cref="BpfRingBufferReader"/> reads on a
/// thread of its own instead.
/// </summary>
public sealed class BpfRingBuffer : IDisposable
{
    private readonly string _name;
    private readonly RingBufferCallback _callback;
    private readonly RingBufferHandle _handle;

    internal BpfRingBuffer(BpfMap map, RingBufferHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _name = map.RequireType(BpfMapType.BPF_MAP_TYPE_RINGBUF).Name;
        _callback = new RingBufferCallback(handler);
        using var lease = map.Lease();
        _handle = RingBufferHandle.Open(map.Descriptor, _callback, $"opening the ring buffer {_name}");
    }

    /// <summary>
    /// Gets the owner of the native <c>struct ring_buffer *</c>, which is the handle's value. This object disposes it; hold it with
    /// <see cref="SafeHandle.DangerousAddRef"/> for as long as you use the pointer.
    /// </summary>
    public SafeHandle Handle => _handle;

    /// <summary>
    /// Gets the number of the epoll descriptor that becomes readable when there are records, to wait for several things at once.
    /// This object owns it: do not close it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public int EpollDescriptor => NativeLibBpf.ring_buffer__epoll_fd(_handle);

    /// <summary>Hands every record that is there to the handler, in order, and does not wait.</summary>
    /// <returns>The number of records that the handler took.</returns>
    /// <exception cref="ObjectDisposedException">This object was disposed before the call.</exception>
    /// <exception cref="BpfException">The kernel's side of the ring is broken.</exception>
    /// <remarks>What the handler throws comes out of this call. Its record counts as read; later ones stay for the next call.</remarks>
    public int Consume()
    {
        _callback.Taken = 0;
        return Finish(NativeLibBpf.ring_buffer__consume(_handle));
    }

    /// <summary>Waits until there are records, and hands them to the handler in order.</summary>
    /// <param name="timeout">
    /// The longest wait, which is rounded up to whole milliseconds: <see cref="TimeSpan.Zero"/> to <see cref="int.MaxValue"/> milliseconds,
    /// or <see cref="Timeout.InfiniteTimeSpan"/>. Disposing this object does not end the wait.
    /// </param>
    /// <returns>The number of records that the handler took; 0 when the time was up.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is outside of its range.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed before the call.</exception>
    /// <exception cref="BpfException">Waiting failed.</exception>
    /// <remarks>What the handler throws comes out of this call. Its record counts as read; later ones stay for the next call.</remarks>
    public int Poll(TimeSpan timeout)
    {
        var infinite = timeout == Timeout.InfiniteTimeSpan;
        if (!infinite)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromMilliseconds(int.MaxValue));
        }
        _callback.Taken = 0;
        var started = Stopwatch.GetTimestamp();
        for (var left = timeout; ;)
        {
            var result = NativeLibBpf.ring_buffer__poll(_handle, infinite ? -1 : (int)Math.Ceiling(left.TotalMilliseconds));
            left = timeout - Stopwatch.GetElapsedTime(started);
            // A signal has ended the wait, not the time and not a record.
            if (result != RingBufferCallback.Interrupted || (!infinite && left <= TimeSpan.Zero))
            {
                return Finish(result);
            }
        }
    }

    /// <summary>Releases the ring buffer's mapping and descriptor. Inside the handler it ends the pass: no further record is handed over.</summary>
    public void Dispose()
    {
        _callback.Stop();
        _handle.Dispose();
    }

    private int Finish(int result)
    {
        if (_callback.Failure is { } failure)
        {
            _callback.Failure = null;
            failure.Throw();
        }
        // No text is made unless something failed: this is called for every wake of a reader.
        return result is >= 0 or RingBufferCallback.Cancelled or RingBufferCallback.Interrupted
            ? _callback.Taken
            : throw BpfError.FromErrno($"reading the ring buffer {_name}", -result);
    }
}
