using System.Globalization;

namespace Gateway.Runtimes;

/// <summary>The rights of this process, as far as they decide what its functions can be given and kept from (capabilities(7)).</summary>
/// <param name="Uid">The effective user.</param>
/// <param name="Gid">The effective group.</param>
/// <param name="Groups">The supplementary groups.</param>
/// <param name="Capabilities">The effective capabilities, a bit each by its number (<see cref="Capability"/>).</param>
internal sealed record GatewayRights(uint Uid, uint Gid, IReadOnlyList<uint> Groups, ulong Capabilities)
{
    /// <summary>Gets whether functions can run as other users, and be ended all the same.</summary>
    public bool ChangesUsers => Has(Capability.SetUid) && Has(Capability.SetGid) && Has(Capability.Kill);

    /// <summary>Gets whether functions can be kept from the gateway's supplementary groups.</summary>
    public bool DropsGroups => Groups.Count == 0 || Has(Capability.SetGid);

    /// <summary>Reads the rights of this process.</summary>
    public static GatewayRights Read() => Parse(File.ReadLines("/proc/self/status"));

    /// <summary>Reads the rights in the text of proc_pid_status(5).</summary>
    public static GatewayRights Parse(IEnumerable<string> status)
    {
        var fields = status.Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);

        // The second of the four is the effective one.
        uint[] Numbers(string key) => [.. fields.GetValueOrDefault(key, "").Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(number => uint.Parse(number, CultureInfo.InvariantCulture))];
        return new(Numbers("Uid")[1], Numbers("Gid")[1], Numbers("Groups"), ulong.Parse(fields["CapEff"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    /// <summary>Returns whether this process has a capability.</summary>
    public bool Has(Capability capability) => (Capabilities & (1UL << (int)capability)) != 0;
}
