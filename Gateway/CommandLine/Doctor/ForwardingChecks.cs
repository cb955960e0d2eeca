using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;
using Gateway.Signals.Direct.Bridged;

namespace Gateway.CommandLine.Doctor;

/// <summary>What connections that the kernel forwards to containers on a bridge depend on (docs/direct.md).</summary>
internal static class ForwardingChecks
{
    // What else it takes belongs to a container, and is told when one runs.
    public static Finding Program(Examined machine)
    {
        const string Forwarding = "net.ipv4.ip_forward";
        var isWanted = machine.Options.Functions.Values.Any(function =>
            machine.Options.Runtimes.ContainsKey(function.Run.Runtime) && function.Direct != DirectMode.Off && DirectRules.WhyNot(function, machine.Options) is null);
        const string Cost = "connections to functions on a container engine's bridge go through the gateway (docs/direct.md)";
        return !NetfilterTool.Has(NetfilterTool.Nft) ? Finding.Lack(isWanted, NetfilterTool.Nft, "not installed", Cost, "install the package nftables")
            : Sysctl.Read(Forwarding) == 0 ? Finding.Lack(isWanted, NetfilterTool.Nft, $"there, but {Forwarding} is 0", Cost, $"sysctl -w {Forwarding}=1")
            : Finding.Ok(NetfilterTool.Nft, "there");
    }
}
