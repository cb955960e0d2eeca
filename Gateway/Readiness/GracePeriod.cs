using System.Runtime.InteropServices;

namespace Gateway.Readiness;

/// <summary>
/// Waits until the kernel has done with each packet that it had begun before. A program that decides where a connection goes runs between two grace periods, with what is done about
/// the connection: after one, no connection goes where a map said it should go before the map was written.
/// </summary>
internal static partial class GracePeriod
{
    /// <summary>linux/membarrier.h: the plainest command, which waits for an RCU grace period (kernel/sched/membarrier.c).</summary>
    private const int MEMBARRIER_CMD_GLOBAL = 1;

    /// <summary>How long is waited where the kernel refuses, as with nohz_full: ten times what a grace period takes as a rule.</summary>
    private static readonly TimeSpan s_otherwise = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for some milliseconds, in which the kernel blocks the calling thread. Where it does not say when a period is over, a time passes instead, and no thread waits.</summary>
    public static Task WaitAsync(TimeProvider time) =>
        Number is { } number && syscall(number, MEMBARRIER_CMD_GLOBAL, 0) == 0 ? Task.CompletedTask : Task.Delay(s_otherwise, time);

    /// <summary>asm/unistd.h: the number of membarrier(2), which has no function in the C library.</summary>
    private static nint? Number => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 324,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 283,
        _ => null,
    };

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, nint command, nint flags);
}
