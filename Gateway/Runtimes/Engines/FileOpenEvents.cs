using System.Runtime.InteropServices;
using Gateway.Runtimes.Process;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Engines;

/// <summary>What happens to a watched file.</summary>
internal enum FileOpenEvent
{
    /// <summary>Nothing, in the time given.</summary>
    None,

    /// <summary>Another process opens it, and waits until it is allowed.</summary>
    Opening,

    /// <summary>Another process has closed it that had it open for writing.</summary>
    Written,

    /// <summary>This process has opened it or closed it: nobody waits for long.</summary>
    Own,

    /// <summary><see cref="FileOpenEvents.Stop"/> was called, or the kernel tells no more.</summary>
    Stopped,
}

/// <summary>One file's opens, each of which waits to be allowed: fanotify(7). One thread reads; closing the watch lets all go on.</summary>
internal sealed class FileOpenEvents : IDisposable
{
    private readonly SafeFileHandle _group;
    private readonly SafeFileHandle _stop;
    private int _pending = NativeMethods.FAN_NOFD;

    private FileOpenEvents(SafeFileHandle group, SafeFileHandle stop) => (_group, _stop) = (group, stop);

    /// <summary>Whether this process may watch at all.</summary>
    public static bool AreAvailable()
    {
        using var group = Group();
        return !group.IsInvalid;
    }

    /// <summary>Null when it cannot be watched.</summary>
    public static FileOpenEvents? TryWatch(string path)
    {
        var group = Group();
        var stop = new SafeFileHandle(NativeMethods.eventfd(0, NativeMethods.EFD_CLOEXEC), ownsHandle: true);
        if (group.IsInvalid || stop.IsInvalid
            || NativeMethods.fanotify_mark(group, NativeMethods.FAN_MARK_ADD, NativeMethods.FAN_OPEN_PERM | NativeMethods.FAN_CLOSE_WRITE, NativeMethods.AT_FDCWD, path) != 0)
        {
            group.Dispose();
            stop.Dispose();
            return null;
        }

        return new FileOpenEvents(group, stop);
    }

    /// <summary>Waits for the next event. One that is <see cref="FileOpenEvent.Opening"/> is to be let go on by <see cref="Allow"/>.</summary>
    public FileOpenEvent Next(TimeSpan limit)
    {
        Span<pollfd> waits = [new() { fd = (int)_group.DangerousGetHandle(), events = NativeMethods.POLLIN }, new() { fd = (int)_stop.DangerousGetHandle(), events = NativeMethods.POLLIN }];
        var ready = NativeMethods.poll(waits, (nuint)waits.Length, limit == Timeout.InfiniteTimeSpan ? -1 : (int)limit.TotalMilliseconds);
        if (ready < 0)
        {
            return Marshal.GetLastPInvokeError() == NativeMethods.EINTR ? FileOpenEvent.Own : FileOpenEvent.Stopped;
        }

        if (ready == 0 || waits[1].revents != 0)
        {
            return ready == 0 ? FileOpenEvent.None : FileOpenEvent.Stopped;
        }

        // Room for one: the others stay in the queue.
        if (NativeMethods.read(_group, out var found, (nuint)Marshal.SizeOf<fanotify_event_metadata>()) <= 0)
        {
            return FileOpenEvent.Stopped;
        }

        var opening = (found.mask & NativeMethods.FAN_OPEN_PERM) != 0;
        if (opening)
        {
            _pending = found.fd;
        }
        else if (found.fd >= 0)
        {
            new SafeFileHandle(found.fd, ownsHandle: true).Dispose();
        }

        return found.pid == Environment.ProcessId ? FileOpenEvent.Own : opening ? FileOpenEvent.Opening : FileOpenEvent.Written;
    }

    /// <summary>Who opens it goes on. Nothing happens when nobody does.</summary>
    public void Allow()
    {
        if (_pending >= 0)
        {
            var answer = new fanotify_response { fd = _pending, response = NativeMethods.FAN_ALLOW };
            _ = NativeMethods.write(_group, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref answer, 1)), (nuint)Marshal.SizeOf<fanotify_response>());
            new SafeFileHandle(_pending, ownsHandle: true).Dispose();
            _pending = NativeMethods.FAN_NOFD;
        }
    }

    /// <summary>Ends the wait of the thread that reads.</summary>
    public void Stop()
    {
        var one = 1UL;
        _ = NativeMethods.write(_stop, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref one, 1)), sizeof(ulong));
    }

    public void Dispose()
    {
        Allow();
        _group.Dispose();
        _stop.Dispose();
    }

    private static SafeFileHandle Group() =>
        new(NativeMethods.fanotify_init(NativeMethods.FAN_CLASS_CONTENT | NativeMethods.FAN_CLOEXEC, NativeMethods.O_CLOEXEC), ownsHandle: true);
}
