using System.Runtime.InteropServices;
using Gateway.Runtimes.Process;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Engines;

/// <summary>What happened to a watched file.</summary>
internal enum FileOpenEvent
{
    /// <summary>Nothing happened in the given time.</summary>
    None,

    /// <summary>Another process opens the file, and waits until that is allowed.</summary>
    Opening,

    /// <summary>Another process that had the file open for writing has closed it.</summary>
    Written,

    /// <summary>This process has opened or closed the file, or a signal interrupted the wait.</summary>
    Own,

    /// <summary><see cref="FileOpenEvents.Stop"/> was called, or the kernel reports no more events.</summary>
    Stopped,
}

/// <summary>Watches one file with fanotify(7), so that each open of it waits to be allowed. One thread reads; disposal lets all waiting opens go on.</summary>
internal sealed class FileOpenEvents : IDisposable
{
    private readonly SafeFileHandle _group;
    private readonly SafeFileHandle _stop;
    private int _pending = NativeMethods.FAN_NOFD;

    private FileOpenEvents(SafeFileHandle group, SafeFileHandle stop) => (_group, _stop) = (group, stop);

    /// <summary>Returns true if this process may watch files.</summary>
    public static bool AreAvailable()
    {
        using var group = Group();
        return !group.IsInvalid;
    }

    /// <summary>Begins to watch a file. Returns null if it cannot be watched.</summary>
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

    /// <summary>Waits for the next event. After <see cref="FileOpenEvent.Opening"/> and <see cref="FileOpenEvent.Own"/>, <see cref="Allow"/> has to be called.</summary>
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

        // There is room for one event only, so the others stay in the queue.
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

    /// <summary>Lets the pending open go on. It does nothing if there is none.</summary>
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

    /// <summary>Ends the wait of the reading thread.</summary>
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
