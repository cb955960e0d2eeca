using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Readiness;

/// <summary>Copies the listening socket of an instance into this process. As long as a copy is open the socket goes on listening, even if the program has ended.</summary>
internal static partial class ListenerCopy
{
    /// <summary>asm-generic/unistd.h: the number is the same on all architectures.</summary>
    private const int SYS_pidfd_getfd = 438;

    /// <summary>Copies the socket.</summary>
    /// <param name="instance">An instance that answers.</param>
    /// <param name="why">Why it cannot be copied, as a clause without a full stop; null if it was.</param>
    /// <returns>Returns the copy, which the caller has to close at once; null if there is none.</returns>
    public static SafeHandle? TryMake(FunctionInstance instance, out string? why)
    {
        why = null;
        if (instance.Runtime is not { Endpoint: { } endpoint, CgroupPaths.Count: > 0 } runtime)
        {
            why = "its program has no cgroup on this machine";
            return null;
        }

        var processes = runtime.CgroupPaths.SelectMany(ProcessTable.InCgroup).ToArray();
        if (processes.Length == 0)
        {
            why = "its program is not found in its cgroup";
            return null;
        }

        var network = ProcessTable.NetworkOf("self");
        if (Array.TrueForAll(processes, process => ProcessTable.NetworkOf($"{process}") is { } other && other != network))
        {
            why = "it has a network of its own, and the kernel hands connections over within one";
            return null;
        }

        HashSet<string> sockets = [.. ListeningSocket.Of("self").Where(socket => socket.Takes(endpoint)).Select(static socket => socket.Inode)];
        foreach (var process in processes)
        {
            if (ProcessTable.DescriptorOf(process, sockets) is var (descriptor, inode) && TryCopy(process, descriptor, inode) is { } copy)
            {
                return copy;
            }
        }

        why = $"its socket at {endpoint} could not be had (that takes CAP_SYS_PTRACE, or the same user)";
        return null;
    }

    // The number may be another process's by now, and the descriptor another file's: what came is compared.
    private static SafeFileHandle? TryCopy(int pid, int descriptor, string inode)
    {
        using var process = ProcessEnds.Open(pid);
        if (process is null)
        {
            return null;
        }

        var copied = (int)syscall(SYS_pidfd_getfd, process.DangerousGetHandle(), descriptor, 0);
        if (copied < 0)
        {
            return null;
        }

        var copy = new SafeFileHandle(copied, ownsHandle: true);
        if (ProcessTable.SocketAt("self", copied) == inode)
        {
            return copy;
        }

        copy.Dispose();
        return null;
    }

    /// <summary>syscall(2). pidfd_getfd closes the copy when this process executes another program.</summary>
    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, nint first, nint second, nint third);
}
