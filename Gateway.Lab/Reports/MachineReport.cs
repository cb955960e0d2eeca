using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Reports;

/// <summary>What a run was made on and with.</summary>
/// <param name="Processor">As /proc/cpuinfo names it.</param>
/// <param name="Cores">That this process may use.</param>
/// <param name="MemoryMiB">MemTotal of /proc/meminfo.</param>
/// <param name="Kernel">Its release.</param>
/// <param name="FavorDynmods">Whether cgroups are mounted for quick changes (cgroup-v2.rst, "favordynmods"): container starts are mostly such changes.</param>
/// <param name="Os">PRETTY_NAME of /etc/os-release.</param>
/// <param name="Load">Runnable tasks of the last minute when the run began: 0 on an idle machine.</param>
/// <param name="At">When the run began, UTC.</param>
/// <param name="Quick">Whether it was a short run.</param>
/// <param name="Versions">Of the programs that took part.</param>
public sealed record MachineReport(
    string Processor, int Cores, int MemoryMiB, string Kernel, bool FavorDynmods, string Os, double Load, string At, bool Quick,
    IReadOnlyDictionary<string, string> Versions)
{
    private static readonly (string Name, string[] Command)[] s_programs =
    [
        ("curl", ["curl", "--version"]),
        ("wrk", ["wrk", "--version"]),
        ("h2load", ["h2load", "--version"]),
        ("nginx", ["nginx", "-v"]),
        ("haproxy", ["haproxy", "-v"]),
        ("dockerd", ["dockerd", "--version"]),
    ];

    /// <param name="quick">Whether the run is a short one.</param>
    /// <param name="programs">Which programs take part: of curl, wrk, h2load, nginx, haproxy, dockerd.</param>
    public static async Task<MachineReport> ReadAsync(bool quick, params IReadOnlyList<string> programs)
    {
        var versions = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["dotnet"] = RuntimeInformation.FrameworkDescription };
        foreach (var (name, command) in s_programs.Where(program => programs.Contains(program.Name, StringComparer.Ordinal)))
        {
            versions[name] = await VersionAsync(command);
        }

        return new MachineReport(
            Field("/proc/cpuinfo", "model name", ':'),
            Environment.ProcessorCount,
            int.Parse(Field("/proc/meminfo", "MemTotal", ':').Split(' ')[0], CultureInfo.InvariantCulture) / 1024,
            (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim(),
            MountInfo.ReadAll().Any(mount => mount.Type is "cgroup" or "cgroup2" && mount.Options.Contains("favordynmods")),
            Field("/etc/os-release", "PRETTY_NAME", '=').Trim('"'),
            double.Parse((await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0], CultureInfo.InvariantCulture),
            TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            quick,
            versions);
    }

    // The first number with a point in it: "wrk debian/4.1.0-3+b2 [epoll]", "nginx version: nginx/1.22.1".
    private static async Task<string> VersionAsync(string[] command)
    {
        var result = await Command.ExecuteAsync(new LabProcessOptions { FileName = command[0], Arguments = command[1..] });
        var match = System.Text.RegularExpressions.Regex.Match(result.AllOutput, @"\d+\.\d+[\w.+~-]*", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
        return match.Success ? match.Value : "unknown";
    }

    private static string Field(string file, string name, char separator)
    {
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) : null;
        return line is null ? "unknown" : line[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim();
    }
}
