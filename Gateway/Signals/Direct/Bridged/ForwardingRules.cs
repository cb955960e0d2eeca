using System.Text.Json;
using Gateway.Readiness;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>Examines whether this machine can forward connections to containers, before any is.</summary>
internal static class ForwardingRules
{
    /// <summary>Finds out why the machine cannot forward connections, as a clause without a full stop.</summary>
    /// <param name="required">Whether they are to be forwarded also where a firewall would then not be asked.</param>
    /// <returns>Returns null if it can.</returns>
    public static async Task<string?> WhyNotAsync(bool required)
    {
        if (!NetfilterTool.Has(NetfilterTool.Nft))
        {
            return "nft is not installed (package nftables), by which connections are forwarded to a container on a bridge";
        }

        if (!TrackedConnections.CanList())
        {
            return "the kernel does not tell which connections it forwards (that takes conntrack, and CAP_NET_ADMIN), so they could not be counted";
        }

        // The programs of before nftables keep their rules where nft does not see them.
        if (File.Exists("/proc/net/ip_tables_names") && (await File.ReadAllLinesAsync("/proc/net/ip_tables_names")).Contains("filter"))
        {
            return "the machine's rules are those of iptables-legacy, which are not examined";
        }

        var (rules, error) = await NetfilterTool.RunAsync(NetfilterTool.Nft, ["-j", "list", "ruleset"]);
        if (error is not null)
        {
            return error;
        }

        try
        {
            var filters = new PacketFilters(rules);
            return filters.DropsForwarded() ?? (required ? null : filters.JudgesClients() is { } who ? $"{who} (Required hands them over all the same)" : null);
        }
        catch (JsonException exception)
        {
            return $"the machine's rules could not be read: {exception.Message.TrimEnd('.')}";
        }
    }
}
