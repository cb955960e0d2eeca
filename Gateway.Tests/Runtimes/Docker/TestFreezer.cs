using System.Globalization;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>The freezer that engines use on this machine, as a test looks at it: cgroup v1's where it is mounted, else cgroup v2's.</summary>
internal static class TestFreezer
{
    public static bool IsLegacy => TestEngine.Freezer.IsMounted;

    /// <summary>The cgroup in which the engine freezes the instance's container.</summary>
    public static string Home(IInstance instance) =>
        (IsLegacy ? instance.CgroupPaths.Select(TestEngine.Freezer.Of).OfType<string>() : instance.CgroupPaths).Single(Directory.Exists);

    /// <summary>What the engine's runtime would find.</summary>
    public static bool IsHeld(string cgroup) =>
        IsLegacy ? File.ReadAllText(Path.Combine(cgroup, "freezer.state")).Trim() != "THAWED" : File.ReadAllText(Path.Combine(cgroup, "cgroup.freeze")).Trim() == "1";

    public static void Write(string cgroup, bool frozen) => File.WriteAllText(
        Path.Combine(cgroup, IsLegacy ? "freezer.state" : "cgroup.freeze"), (IsLegacy, frozen) switch { (true, true) => "FROZEN", (true, false) => "THAWED", (_, true) => "1", _ => "0" });

    public static IEnumerable<int> Processes(string cgroup) => File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs")).Select(process => int.Parse(process, CultureInfo.InvariantCulture));

    /// <summary>Whether all its processes stand still, or all go on; null: neither.</summary>
    public static bool? Stands(string cgroup)
    {
        if (!IsLegacy)
        {
            return File.ReadLines(Path.Combine(cgroup, "cgroup.events")).Contains("frozen 1", StringComparer.Ordinal);
        }

        // proc_pid_status(5): what v1's freezer holds is in uninterruptible sleep, and a server that waits for clients in an interruptible one.
        string[] groups = [cgroup, cgroup + EarlyThaw.Suffix];
        char[] states = [.. groups.Where(Directory.Exists).SelectMany(Processes)
            .Select(process => File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("State:", StringComparison.Ordinal))[7])];
        return states.Length == 0 ? null : states.All(state => state == 'D') ? true : states.All(state => state is 'S' or 'R') ? false : null;
    }
}
