using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gateway.Lab.Native;

namespace Gateway.Lab.Linking;

/// <summary>
/// One direction of a link. A reader takes each frame from one device and stamps it, a writer puts it into the other
/// once it is due. First in, first out: a change of the delay never reorders.
/// </summary>
internal sealed unsafe class FrameRelay(TapDevice from, TapDevice to, FrameQueue queue, WakeEvent wake)
{
    private readonly RelayCounters _counters = new();
    private long _delay;
    private int _idle;

    /// <summary>One-way delay in nanoseconds. A new value holds for the frames in flight too.</summary>
    public long Delay
    {
        get => Volatile.Read(ref _delay);
        set
        {
            Volatile.Write(ref _delay, value);
            wake.Set();
        }
    }

    public DirectionStatistics Statistics => _counters.Read(queue.Count);

    public void ResetStatistics() => _counters.Reset();

    public void Start(string name)
    {
        RealtimeThread.Start($"{name}-read", Read);
        RealtimeThread.Start($"{name}-write", Write);
    }

    // Optimised at once: a tier-0 method would be replaced, by a compiler thread that takes time, in mid-measurement.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Read()
    {
        var overflow = stackalloc byte[FrameQueue.SlotSize];
        while (true)
        {
            var slot = queue.Reserve();
            var length = (int)LibC.read(from.Descriptor, slot == null ? overflow : slot, FrameQueue.SlotSize);
            if (length <= 0)
            {
                ThrowUnlessInterrupted();
            }
            else if (slot == null)
            {
                _counters.AddDropped();
            }
            else if (Delay == 0 && queue.IsEmpty)
            {
                // Nothing is ahead of it, nothing can overtake: the writer advances only after its write.
                Pass(slot, length);
            }
            else
            {
                queue.Publish(length, Stopwatch.GetTimestamp());
                WakeWriter();
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write()
    {
        while (true)
        {
            var frame = queue.Peek(out var length, out var stamp);
            if (frame == null)
            {
                WaitForFrame();
                continue;
            }

            // Stopwatch is CLOCK_MONOTONIC in nanoseconds on Linux.
            var remaining = stamp + Delay - Stopwatch.GetTimestamp();
            if (remaining > 0)
            {
                wake.Wait(remaining);
                continue;
            }

            _counters.AddLateness(-remaining);
            Pass(frame, length);
            queue.Advance();
        }
    }

    private void Pass(byte* frame, int length)
    {
        if (LibC.write(to.Descriptor, frame, (nuint)length) == length)
        {
            _counters.AddPassed();
        }
        else
        {
            _counters.AddDropped();
        }
    }

    /// <summary>Only a writer that waits for a first frame is woken; one that waits for a due time finds the rest by itself.</summary>
    private void WakeWriter()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _idle) == 1 && Interlocked.Exchange(ref _idle, 0) == 1)
        {
            wake.Set();
        }
    }

    private void WaitForFrame()
    {
        // Announce first, then look again: a frame published in between is seen here, or its reader sees the announcement.
        Interlocked.Exchange(ref _idle, 1);
        if (queue.IsEmpty)
        {
            wake.Wait(-1);
        }

        Volatile.Write(ref _idle, 0);
    }

    private static void ThrowUnlessInterrupted()
    {
        if (Marshal.GetLastPInvokeError() is not (LibC.EINTR or LibC.EAGAIN))
        {
            throw LabException.FromErrno("Cannot read from the TAP device");
        }
    }
}
