using System.Globalization;

namespace Gateway.Tests.Deploy;

/// <summary>What the kernel shows of a process's rights (proc_pid_status(5)).</summary>
internal sealed record ProcessRights(uint Uid, uint Gid, string Groups, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient, ulong Bounding, int NoNewPrivileges)
{
    public static ProcessRights Of(int process) => Read($"/proc/{process}/status");

    /// <summary>Returns the rights of each of the process's threads, by the thread's name.</summary>
    public static IReadOnlyList<(string Name, ProcessRights Rights)> OfThreads(int process) =>
        [.. Directory.GetDirectories($"/proc/{process}/task").Select(thread => (File.ReadAllText($"{thread}/comm").Trim(), Read($"{thread}/status")))];

    /// <summary>Gets whether it has no capability and can get none, and is in no group but its own.</summary>
    public bool AreNone => this is { Groups: "", Effective: 0, Permitted: 0, Inheritable: 0, Ambient: 0, Bounding: 0, NoNewPrivileges: 1 };

    private static ProcessRights Read(string status)
    {
        var fields = File.ReadAllLines(status).Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);
        ulong Bits(string name) => ulong.Parse(fields[name], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        // All four, so that no saved id is left with which it could go back.
        uint Id(string name) => uint.Parse(fields[name].Split('\t').Distinct().Single(), CultureInfo.InvariantCulture);
        return new(Id("Uid"), Id("Gid"), fields["Groups"], Bits("CapEff"), Bits("CapPrm"), Bits("CapInh"), Bits("CapAmb"), Bits("CapBnd"), int.Parse(fields["NoNewPrivs"], CultureInfo.InvariantCulture));
    }
}
