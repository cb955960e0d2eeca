using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Reads the processor time of a process: of all its threads, in user space and in the kernel.</summary>
internal static partial class CpuTime
{
    private const int ClockTicks = 2; // _SC_CLK_TCK of bits/confname.h

    private static readonly double s_ticksPerSecond = sysconf(ClockTicks);

    public static double Seconds(int processId) => Ticks(File.ReadAllText($"/proc/{processId}/stat")) / s_ticksPerSecond;

    /// <summary>The same of the threads whose name begins so. The kernel keeps 15 bytes of a name (TASK_COMM_LEN of linux/sched.h).</summary>
    public static double Seconds(int processId, string thread) => Directory.EnumerateDirectories($"/proc/{processId}/task")
        .Select(static task => ReadIfThere($"{task}/stat")).Where(stat => stat.Contains($"({thread}", StringComparison.Ordinal)).Sum(Ticks) / s_ticksPerSecond;

    /// <summary>utime + stime, fields 14 and 15 of /proc/pid/stat (proc(5)).</summary>
    internal static long Ticks(string stat)
    {
        // The second field, the name in parentheses, may hold spaces: count from its end, where field 3 begins.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private static string ReadIfThere(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The thread has ended.
            return "";
        }
    }

    [LibraryImport("libc")]
    private static partial nint sysconf(int name);
}
