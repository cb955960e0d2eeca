using System.Runtime.InteropServices;

namespace Gateway.Runtimes;

/// <summary>
/// Tells when processes end that are not children of this one, by their pidfds (pidfd_open(2), Linux 5.3). One thread waits for all of them; it is made with the first.
/// </summary>
internal static unsafe partial class ProcessEnds
{
    /// <summary>asm-generic/unistd.h: the number is the same on all architectures.</summary>
    private const int SYS_pidfd_open = 434;

    private const short POLLIN = 1; // poll(2)
    private const int EFD_CLOEXEC = 0x80000; // eventfd(2), on x86 and ARM

    private static readonly Lock s_gate = new();
    private static readonly List<(SafeHandle Process, Action Ended)> s_watched = [];
    private static int s_changed = -1;

    /// <summary>Opens a descriptor of a process, which stays that process's even if the number is another one's later.</summary>
    /// <returns>Returns null if the process is gone, or the kernel has no such descriptors.</returns>
    public static SafeHandle? Open(int pid)
    {
        var descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
        return descriptor < 0 ? null : new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Calls back once on the thread pool when the process has ended.</summary>
    public static void Watch(SafeHandle process, Action ended)
    {
        lock (s_gate)
        {
            s_watched.Add((process, ended));
            if (s_changed < 0)
            {
                s_changed = eventfd(0, EFD_CLOEXEC);
                new Thread(Run) { IsBackground = true, Name = "process ends" }.Start();
            }
        }

        ulong one = 1;
        _ = write(s_changed, &one, sizeof(ulong));
    }

    private static void Run()
    {
        while (true)
        {
            (SafeHandle Process, Action Ended)[] watched;
            lock (s_gate)
            {
                s_watched.RemoveAll(static entry => entry.Process.IsClosed);
                watched = [.. s_watched];
            }

            Wait(watched);
        }
    }

    private static void Wait((SafeHandle Process, Action Ended)[] watched)
    {
        var entries = new PollEntry[watched.Length + 1];
        entries[0] = new PollEntry { Descriptor = s_changed, Events = POLLIN };
        for (var i = 0; i < watched.Length; i++)
        {
            entries[i + 1] = new PollEntry { Descriptor = (int)watched[i].Process.DangerousGetHandle(), Events = POLLIN };
        }

        fixed (PollEntry* start = entries)
        {
            if (poll(start, (nuint)entries.Length, -1) <= 0)
            {
                return;
            }
        }

        if (entries[0].Result != 0)
        {
            ulong count;
            _ = read(s_changed, &count, sizeof(ulong));
        }

        for (var i = 0; i < watched.Length; i++)
        {
            if (entries[i + 1].Result != 0)
            {
                var ended = watched[i];
                lock (s_gate)
                {
                    s_watched.Remove(ended);
                }

                ThreadPool.UnsafeQueueUserWorkItem(static action => action(), ended.Ended, preferLocal: false);
            }
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, nint first, nint second);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int eventfd(uint start, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int poll(PollEntry* entries, nuint count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint read(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint write(int descriptor, void* buffer, nuint length);

    /// <summary><c>struct pollfd</c>, poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Result;
    }
}
