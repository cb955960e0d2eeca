using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.CommandLine.Doctor;

/// <summary>Which capabilities this process has of those that docs/operating.md lists. What functions of a runtime need is that runtime's to say.</summary>
internal static class CapabilityChecks
{
    private const string NoSignals = "no kernel signals (the check SYN has what that costs)";

    /// <summary>The port from which on everybody may listen, where the kernel does not say otherwise (ip-sysctl.rst, ip_unprivileged_port_start).</summary>
    private const int FirstFreePort = 1024;

    public static Finding Bpf(Examined machine) => ForKernel(machine, Capability.Bpf, NoSignals);

    public static Finding Perfmon(Examined machine) => ForKernel(machine, Capability.Perfmon, "the verifier refuses XDP and tcx: a SYN is heard 50 to 90 us later, and no names are read in packets (docs/kernel.md)");

    public static Finding NetAdmin(Examined machine) => ForKernel(machine, Capability.NetAdmin, NoSignals);

    public static Finding LowPorts(Examined machine)
    {
        var name = NameOf(Capability.NetBindService);
        if (machine.Rights.Has(Capability.NetBindService))
        {
            return Finding.Ok(name, "there");
        }

        var first = Sysctl.Read("net.ipv4.ip_unprivileged_port_start") ?? FirstFreePort;
        var bound = machine.Options.Shared.Concat(machine.Options.Admin.Listen).Concat(machine.Steers ? [] : machine.Options.Functions.Values.SelectMany(function => function.Listen));
        return bound.Where(listen => listen.Port < first).MinBy(listen => listen.Port) is { } low
            ? Finding.Lack(isWanted: true, name, $"not there, and {low} is below port {first}", "the start ends with exit code 2", $"{Give([Capability.NetBindService])}; or sysctl -w net.ipv4.ip_unprivileged_port_start={low.Port}")
            : Finding.Note(name, $"not there, and no address that is bound is below port {first}");
    }

    /// <summary>Returns the capabilities without which the kernel's programs cannot be used, or null if this process has them all.</summary>
    public static IReadOnlyList<Capability>? MissingForKernel(GatewayRights rights)
    {
        Capability[] missing = [.. new[] { Capability.Bpf, Capability.Perfmon, Capability.NetAdmin }.Where(capability => !Has(rights, capability))];
        return missing.Length == 0 ? null : missing;
    }

    /// <summary>Says how a process is given capabilities.</summary>
    public static string Give(IReadOnlyList<Capability> missing) =>
        $"run it as root, add AmbientCapabilities={string.Join(' ', missing.Select(NameOf))} to its unit (deploy/headstart.service), or cap_add in Compose (docker-compose.yml)";

    private static Finding ForKernel(Examined machine, Capability capability, string cost) => Has(machine.Rights, capability)
        ? Finding.Ok(NameOf(capability), machine.Rights.Has(capability) ? "there" : $"not there, but {NameOf(Capability.SysAdmin)} does for it")
        : Finding.Lack(machine.WantsKernel, NameOf(capability), "not there", cost, Give([capability]));

    // capabilities(7): CAP_SYS_ADMIN has what CAP_BPF and CAP_PERFMON were taken from.
    private static bool Has(GatewayRights rights, Capability capability) =>
        rights.Has(capability) || (capability is Capability.Bpf or Capability.Perfmon && rights.Has(Capability.SysAdmin));

    private static string NameOf(Capability capability) => capability switch
    {
        Capability.Bpf => "CAP_BPF",
        Capability.Perfmon => "CAP_PERFMON",
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.NetBindService => "CAP_NET_BIND_SERVICE",
        Capability.SysAdmin => "CAP_SYS_ADMIN",
        _ => throw new ArgumentOutOfRangeException(nameof(capability), capability, "no check is about it"),
    };
}
