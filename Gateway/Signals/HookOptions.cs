using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>Says what a configuration wants of the kernel's hooks.</summary>
internal static class HookOptions
{
    public static KernelHooksOptions Of(GatewayOptions gateway)
    {
        var options = gateway.Ebpf;
        return new KernelHooksOptions
        {
            Xdp = Enum.Parse<XdpAttach>(options.Xdp.ToString()),
            Interfaces = options.Interfaces,
            MaxFunctions = RoomFor(gateway.Functions.Count),
            MaxDestinations = RoomFor(gateway.Functions.Values.Sum(function => function.Listen.Count)),
            MaxHosts = RoomFor(gateway.Functions.Values.Sum(function => function.Hosts.Count)),
            MaxClients = options.ReturningClients.Enabled ? options.ReturningClients.Remember : 0,
            Limits = LimitsOf(options.Limits),
            Steer = true,
            ClientHello = options.ClientHello,
            RequireSockOps = options.Mode == EbpfMode.Required,
        };
    }

    // The maps cannot grow, so they have room for what reloads may add.
    private static int RoomFor(int count) => Math.Max(65536, 2 * count);

    private static SynLimits LimitsOf(SynLimitOptions limits)
    {
        return new SynLimits
        {
            PerSource = Rate(limits.PerSource),
            PerNetwork = Rate(limits.PerNetwork),
            Total = Rate(limits.Total),
            Proven = Rate(limits.Proven),
            ProvenFor = limits.ProvenFor,
            Remember = limits.Remember,
        };

        static EventRate Rate(RateOptions rate) => new(rate.PerSecond, rate.Burst);
    }
}
