using System.Globalization;
using Gateway.Runtimes;

namespace Gateway.Idle;

/// <summary>
/// How much memory an instance uses, in bytes: what it measures itself, else what its cgroup is charged less the file pages that the kernel would drop
/// first, on cgroup v2 or v1; where neither counts memory, the resident pages of its processes.
/// </summary>
/// <param name="v1">The memory controller's hierarchy of cgroup v1.</param>
/// <param name="proc">Where /proc is.</param>
internal sealed class InstanceMemory(CgroupV1 v1, string proc = "/proc")
{
    /// <returns>0 when nothing of it is there.</returns>
    public long Of(IInstance instance) => instance.MeasureMemory() ?? Of(instance.CgroupPaths);

    /// <param name="cgroups">Directories, one of which is the instance's.</param>
    /// <returns>0 when nothing of it is there.</returns>
    public long Of(IEnumerable<string> cgroups)
    {
        foreach (var path in cgroups)
        {
            if (Charged(path, "memory.current", "inactive_file ") is { } v2)
            {
                return v2;
            }

            if (v1.Of(path) is { } other && Charged(other, "memory.usage_in_bytes", "total_inactive_file ") is { } inV1)
            {
                return inV1;
            }

            if (Resident(path) is { } resident)
            {
                return resident;
            }
        }

        return 0;
    }

    private static long? Charged(string directory, string usage, string droppable)
    {
        if (Number(Text(Path.Combine(directory, usage))) is not { } used)
        {
            return null;
        }

        var line = Text(Path.Combine(directory, "memory.stat"))?.Split('\n').FirstOrDefault(line => line.StartsWith(droppable, StringComparison.Ordinal));
        return Math.Max(0, used - (Number(line?[droppable.Length..]) ?? 0));
    }

    private long? Resident(string directory)
    {
        if (Text(Path.Combine(directory, "cgroup.procs")) is not { } processes)
        {
            return null;
        }

        // proc_pid_statm(5): size, resident, shared, in pages. Shared file pages would be counted once for each process.
        return processes.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(pid => Text(Path.Combine(proc, pid, "statm"))?.Split(' '))
            .Sum(pages => pages is [_, var resident, var shared, ..] ? ((Number(resident) ?? 0) - (Number(shared) ?? 0)) * Environment.SystemPageSize : 0);
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Instances end while they are measured.
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
