using System.Globalization;
using Gateway.Ebpf.Hooks;

namespace Gateway.Lab.Benchmarks.Rest;

/// <summary>The memory that an instance, and the process that waits for its end, hold at one moment, in MiB, as the kernel counts it.</summary>
internal sealed record Held(double Resident, double PageTables, double Charged, double Keeper, double KeeperOwn)
{
    private const double Mebi = 1 << 20;
    private const double Kibi = 1024;

    /// <summary>Measures what is in cgroups with this path below the mounts of all hierarchies.</summary>
    /// <param name="cgroup">For example <c>docker/3f29...</c>.</param>
    public static Held In(string cgroup)
    {
        string[] directories = [.. MountInfo.ReadAll().Where(mount => mount.Type is "cgroup" or "cgroup2").Select(mount => Path.Combine(mount.Point, cgroup)).Where(Directory.Exists)];
        int[] processes = [.. directories.SelectMany(Members).Distinct().Order()];
        var charged = directories.SelectMany(directory => (string[])[Path.Combine(directory, "memory.current"), Path.Combine(directory, "memory.usage_in_bytes")])
            .Where(File.Exists).Select(file => double.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)).FirstOrDefault();
        var keeper = processes is [var first, ..] ? ParentOf(first) : null;
        return new Held(
            processes.Sum(process => Sum($"/proc/{process}/smaps_rollup", "Rss:")),
            processes.Sum(process => Sum($"/proc/{process}/status", "VmPTE:")),
            charged / Mebi,
            keeper is null ? 0 : Sum($"/proc/{keeper}/smaps_rollup", "Rss:"),
            keeper is null ? 0 : Sum($"/proc/{keeper}/smaps_rollup", "Private_Clean:", "Private_Dirty:"));
    }

    private static IEnumerable<int> Members(string directory)
    {
        foreach (var file in Directory.GetFiles(directory, "cgroup.procs", SearchOption.AllDirectories))
        {
            foreach (var line in File.ReadAllLines(file))
            {
                yield return int.Parse(line, CultureInfo.InvariantCulture);
            }
        }
    }

    private static string? ParentOf(int process) =>
        File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("PPid:", StringComparison.Ordinal))?.Split('\t')[^1];

    // proc_pid_smaps(5), proc_pid_status(5): "Rss:   1234 kB".
    private static double Sum(string file, params string[] names) => File.ReadLines(file)
        .Where(line => Array.Exists(names, name => line.StartsWith(name, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture)) / Kibi;
}
