using System.Runtime.InteropServices;

namespace Gateway.Stamp;

/// <summary>Turns this process into another program (execvp(3)).</summary>
internal static partial class Execution
{
    private const int ENOENT = 2, ENOTDIR = 20; // asm-generic/errno-base.h
    private const int SIGPIPE = 13; // asm-generic/signal.h
    private const nint SIG_DFL = 0;

    /// <summary>Becomes another program. It returns only if that fails, with the reason.</summary>
    public static unsafe StampException Become(IReadOnlyList<string> command)
    {
        // .NET ignores SIGPIPE. Ignored signals stay ignored over exec, while handlers are reset.
        signal(SIGPIPE, SIG_DFL);
        var strings = command.Select(Marshal.StringToCoTaskMemUTF8).ToArray();
        var pointers = stackalloc nint[strings.Length + 1];
        strings.CopyTo(new Span<nint>(pointers, strings.Length));
        pointers[strings.Length] = 0;
        _ = execvp(strings[0], pointers);
        var errno = Marshal.GetLastPInvokeError();
        return errno is ENOENT or ENOTDIR
            ? new StampException($"there is no program '{command[0]}'.", StampException.NotFound)
            : new StampException($"'{command[0]}' cannot be run: {Marshal.GetPInvokeErrorMessage(errno)}.", StampException.CannotExecute);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int execvp(nint file, nint* arguments);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint signal(int number, nint handler);
}
