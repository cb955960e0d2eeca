using System.Runtime.InteropServices;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>
/// Runs something on a thread of its own whose programs get CAP_NET_ADMIN, if this process has it: a gateway that is not root passes on to its programs none of what it may do
/// (capabilities(7), the ambient set). Rights belong to threads, and this one ends with it.
/// </summary>
internal static partial class AdministratorThread
{
    /// <summary>linux/capability.h.</summary>
    private const int CAP_NET_ADMIN = 12;

    /// <summary>linux/capability.h.</summary>
    private const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    /// <summary>linux/prctl.h.</summary>
    private const int PR_CAP_AMBIENT = 47;

    /// <summary>linux/prctl.h.</summary>
    private const nuint PR_CAP_AMBIENT_RAISE = 2;

    /// <summary>Runs it to its end.</summary>
    public static Task<T> RunAsync<T>(Func<T> what)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                var before = Raise();
                var result = what();
                // A thread that this one makes would be given what it has.
                Lower(before);
                done.SetResult(result);
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        })
        { IsBackground = true, Name = "netfilter" }.Start();
        return done.Task;
    }

    // Returns what may be passed on without it. If it does not work the program says what it may not do.
    private static unsafe uint Raise()
    {
        var header = new Header { Version = LINUX_CAPABILITY_VERSION_3 };
        var sets = stackalloc Sets[2];
        if (capget(&header, sets) != 0)
        {
            return 0;
        }

        var before = sets[0].Inheritable;
        sets[0].Inheritable |= sets[0].Permitted & (1u << CAP_NET_ADMIN);
        if (capset(&header, sets) == 0)
        {
            _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
        }

        return before;
    }

    // What may not be passed on is not in the ambient set either.
    private static unsafe void Lower(uint before)
    {
        var header = new Header { Version = LINUX_CAPABILITY_VERSION_3 };
        var sets = stackalloc Sets[2];
        if (capget(&header, sets) == 0)
        {
            sets[0].Inheritable = before;
            _ = capset(&header, sets);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int capget(Header* header, Sets* sets);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int capset(Header* header, Sets* sets);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    /// <summary>struct __user_cap_header_struct of linux/capability.h; a process of 0 is this thread.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public uint Version;
        public int Process;
    }

    /// <summary>struct __user_cap_data_struct of linux/capability.h, of which there are two: the first has the capabilities below 32.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Sets
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }
}
