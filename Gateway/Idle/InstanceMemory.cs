using System.Globalization;
using Gateway.Runtimes;

namespace Gateway.Idle;

/// <summary>
/// Measures how much memory an instance uses, in bytes: what it measures itself, else what its cgroup (v2 or v1) is charged, without the file pages that
/// the kernel would drop first. If neither version counts memory, it is the resident pages of the instance's processes.
/// </summary>
/// <param name="v1">The memory controller's hierarchy of cgroup v1.</param>
/// <param name="proc">The mount point of proc.</param>
internal sealed class InstanceMemory(CgroupV1 v1, string proc = "/proc")
{
    /// <summary>Measures one instance.</summary>
    /// <returns>Returns 0 if nothing of it exists.</returns>
    public long Of(IInstance instance) => instance.MeasureMemory() ?? Of(instance.CgroupPaths);

    /// <summary>Measures what is in a cgroup.</summary>
    /// <param name="cgroups">Directories, one of which is the instance's cgroup.</param>
    /// <returns>Returns 0 if none of them exists.</returns>
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

        // proc_pid_statm(5) has the size, the resident and the shared pages. Shared pages are left out, because each process would count them.
        return processes.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(pid => Text(Path.Combine(proc, pid, "statm"))?.Split(' '))
            .Sum(pages => pages is [_, var resident, var shared, ..] ? ((Number(resident) ?? 0) - (Number(shared) ?? 0)) * Environment.SystemPageSize : 0);
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
