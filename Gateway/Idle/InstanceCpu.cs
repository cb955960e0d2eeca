using System.Globalization;
using Gateway.Runtimes;

namespace Gateway.Idle;

/// <summary>
/// Measures how much processor time an instance has used: what its cgroup (v2 or v1) is charged. If neither version counts it, it is the time of the processes that are in
/// the cgroup now.
/// </summary>
/// <param name="v1">The hierarchy of cgroup v1 that counts processor time.</param>
/// <param name="proc">The mount point of proc.</param>
internal sealed class InstanceCpu(CgroupV1 v1, string proc = "/proc")
{
    // The unit of times in /proc, which the kernel fixes for programs (proc(5), sysconf(_SC_CLK_TCK)).
    private const long TicksASecond = 100;

    // proc_pid_stat(5): utime and stime are the fields 14 and 15, and the command's name, which may have spaces, ends with the second.
    private const int UserTime = 14 - 3, SystemTime = 15 - 3;

    /// <summary>Returns the processor time that an instance has used so far, or null if it cannot be measured.</summary>
    public TimeSpan? Of(IInstance instance) => Of(instance.CgroupPaths);

    /// <summary>Returns the processor time of what is in a cgroup.</summary>
    /// <param name="cgroups">Directories, one of which is the instance's cgroup.</param>
    public TimeSpan? Of(IEnumerable<string> cgroups)
    {
        foreach (var path in cgroups)
        {
            // cgroup-v2.rst, "CPU Interface Files": this file has the usage whether or not the controller is enabled.
            if (Text(Path.Combine(path, "cpu.stat")) is { } v2 && v2.Split('\n').FirstOrDefault(static line => line.StartsWith("usage_usec ", StringComparison.Ordinal)) is { } usage)
            {
                return Number(usage["usage_usec ".Length..]) is { } microseconds ? TimeSpan.FromMicroseconds(microseconds) : null;
            }

            if (v1.Of(path) is { } other && Number(Text(Path.Combine(other, "cpuacct.usage"))) is { } nanoseconds)
            {
                return TimeSpan.FromMicroseconds(nanoseconds / 1000);
            }

            if (Text(Path.Combine(path, "cgroup.procs")) is { } processes)
            {
                return TimeSpan.FromSeconds(processes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(TicksOf) / (double)TicksASecond);
            }
        }

        return null;
    }

    private long TicksOf(string process)
    {
        var stat = Text(Path.Combine(proc, process, "stat"));
        var fields = stat?[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields?.Length > SystemTime ? (Number(fields[UserTime]) ?? 0) + (Number(fields[SystemTime]) ?? 0) : 0;
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    // An instance may end while it is measured.
    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
