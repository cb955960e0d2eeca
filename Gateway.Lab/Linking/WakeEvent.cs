using Gateway.Lab.Native;

namespace Gateway.Lab.Linking;

/// <summary>
/// An eventfd with a wait that ends at the nanosecond it was asked to (hrtimers; the thread's timer slack is set by
/// <see cref="RealtimeThread"/>), which a managed wait of whole milliseconds cannot.
/// </summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly int _fd;

    public WakeEvent()
    {
        _fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        if (_fd < 0)
        {
            throw LabException.FromErrno("Cannot make an eventfd");
        }
    }

    public void Set()
    {
        ulong one = 1;
        _ = LibC.write(_fd, &one, sizeof(ulong));
    }

    /// <summary>Waits until set or until <paramref name="nanoseconds"/> passed; without end when negative. Resets.</summary>
    public void Wait(long nanoseconds)
    {
        var poll = new LibC.pollfd { fd = _fd, events = LibC.POLLIN };
        var time = new LibC.timespec { tv_sec = (nint)(nanoseconds / 1_000_000_000), tv_nsec = (nint)(nanoseconds % 1_000_000_000) };
        if (LibC.ppoll(&poll, 1, nanoseconds < 0 ? null : &time, null) > 0)
        {
            ulong count;
            _ = LibC.read(_fd, &count, sizeof(ulong));
        }
    }

    public void Dispose() => _ = LibC.close(_fd);
}
