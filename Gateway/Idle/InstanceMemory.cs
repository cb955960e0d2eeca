using System.Globalization;

namespace Gateway.Idle;

/// <summary>
/// How much memory an instance uses, in bytes: what its cgroup is charged less the file pages that the kernel would drop
/// first, on cgroup v2 or v1; where neither counts memory, the resident pages of its processes.
/// </summary>
/// <param name="root">Where cgroup v2 is mounted: what instances' paths begin with; null: there is none.</param>
/// <param name="memoryV1">Where the memory controller of cgroup v1 is mounted; null: it is not.</param>
/// <param name="proc">Where /proc is.</param>
public sealed class InstanceMemory(string? root, string? memoryV1, string proc = "/proc")
{
    /// <summary>The mount of cgroup v1's memory controller, in lines of proc_pid_mountinfo(5).</summary>
    public static string? FindV1(IEnumerable<string> mountInfo) =>
        (from line in mountInfo
         let halves = line.Split(" - ", 2)
         where halves.Length == 2
         let kind = halves[1].Split(' ')
         where kind[0] == "cgroup" && kind[^1].Split(',').Contains("memory")
         select halves[0].Split(' ')[4]).FirstOrDefault();

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

            if (InV1(path) is { } other && Charged(other, "memory.usage_in_bytes", "total_inactive_file ") is { } v1)
            {
                return v1;
            }

            if (Resident(path) is { } resident)
            {
                return resident;
            }
        }

        return 0;
    }

    private string? InV1(string path) =>
        memoryV1 is not null && root is not null && path.StartsWith(root + "/", StringComparison.Ordinal) ? Path.Combine(memoryV1, path[(root.Length + 1)..]) : null;

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
