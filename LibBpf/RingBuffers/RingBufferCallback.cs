using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace LibBpf;

/// <summary>
/// What libbpf calls for each record. It knows nothing of the ring's handle: the handle keeps it alive, and must itself remain
/// collectable for who forgets to dispose it.
/// </summary>
internal sealed unsafe class RingBufferCallback(RingBufferHandler handler)
{
    /// <summary>The callback's way to end a pass over the ring: ECANCELED. The record that it was called for counts as read.</summary>
    internal const int Cancelled = -ErrnoCodes.ECANCELED;

    /// <summary>libbpf's answer when a signal ended its wait.</summary>
    internal const int Interrupted = -ErrnoCodes.EINTR;

    private volatile bool _stopped;

    /// <summary>How many records the handler has taken since this was set to 0.</summary>
    internal int Taken { get; set; }

    /// <summary>What the handler threw; an exception must not unwind through libbpf.</summary>
    internal ExceptionDispatchInfo? Failure { get; set; }

    /// <summary>No record is handed over from now on.</summary>
    internal void Stop() => _stopped = true;

    [UnmanagedCallersOnly]
    internal static int OnRecord(nint context, void* data, nuint size) =>
        ((RingBufferCallback)GCHandle.FromIntPtr(context).Target!).Deliver(new ReadOnlySpan<byte>(data, (int)size));

    private int Deliver(ReadOnlySpan<byte> record)
    {
        if (_stopped)
        {
            return Cancelled;
        }
        try
        {
            handler(record);
            Taken++;
            return 0;
        }
        catch (Exception e)
        {
            Failure = ExceptionDispatchInfo.Capture(e);
            return Cancelled;
        }
    }
}
