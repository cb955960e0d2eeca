using System.Runtime.InteropServices;
using Gateway.Lab.Native;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Lab.Processes;

/// <summary>A pidfd (pidfd_open(2)): names one process for ever, where a pid may come to mean another.</summary>
public sealed class ProcessHandle : IDisposable
{
    private readonly SafeFileHandle _handle;

    private ProcessHandle(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens a process. Returns null if it does not exist or has ended.</summary>
    public static ProcessHandle? TryOpen(int pid)
    {
        var fd = LibC.syscall(LibC.SYS_pidfd_open, pid, 0, 0, 0);
        if (fd >= 0)
        {
            return new ProcessHandle(new SafeFileHandle(fd, ownsHandle: true));
        }

        return Marshal.GetLastPInvokeError() == LibC.ESRCH ? null : throw LabException.FromErrno($"Cannot open process {pid}");
    }

    /// <summary>Sends a signal. Returns false if the process has ended.</summary>
    public bool Signal(int signal)
    {
        if (LibC.syscall(LibC.SYS_pidfd_send_signal, _handle.DangerousGetHandle(), signal, 0, 0) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == LibC.ESRCH ? false : throw LabException.FromErrno($"Cannot send signal {signal}");
    }

    /// <summary>Sends SIGKILL. Returns false if the process has ended.</summary>
    public bool Kill() => Signal(LibC.SIGKILL);

    /// <summary>Waits until the process, a child or not, has ended. Returns false if <paramref name="timeout"/> passed first.</summary>
    public unsafe bool WaitForExit(TimeSpan timeout)
    {
        var poll = new LibC.pollfd { fd = (int)_handle.DangerousGetHandle(), events = LibC.POLLIN };
        var time = new LibC.timespec { tv_sec = (nint)timeout.TotalSeconds, tv_nsec = timeout.Milliseconds * 1_000_000 };
        return LibC.ppoll(&poll, 1, &time, null) > 0;
    }

    public void Dispose() => _handle.Dispose();
}
