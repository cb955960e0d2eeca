using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Activation;

namespace Gateway.Readiness;

/// <summary>A program in a network namespace of its own that the kernel can forward connections to.</summary>
/// <param name="Endpoint">Its address, of IPv4, and its port.</param>
/// <param name="Bridge">The interface of this machine that leads to it.</param>
internal sealed record BridgedProgram(IPEndPoint Endpoint, string Bridge)
{
    // Fields of a line of /proc/net/route (net/ipv4/fib_trie.c, fib_route_seq_show): interface, destination, gateway, flags, ..., mask.
    private const int Interface = 0, Destination = 1, Via = 2, Mask = 7;

    /// <summary>Returns whether an instance has a network of its own, so that connections have to be forwarded to it.</summary>
    public static bool IsApart(FunctionInstance instance) =>
        instance.Runtime?.Endpoint is { Address: var address } && !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any) && instance.Runtime.CgroupPaths.Count > 0;

    /// <summary>Finds the program of an instance.</summary>
    /// <param name="instance">An instance that answers.</param>
    /// <param name="why">Why connections cannot be forwarded to it, as a clause without a full stop; null if they can.</param>
    public static BridgedProgram? TryFind(FunctionInstance instance, out string? why)
    {
        why = null;
        if (instance.Runtime?.Endpoint is not { AddressFamily: AddressFamily.InterNetwork } endpoint)
        {
            why = "its container has no IPv4 address";
            return null;
        }

        if (!IsOn("/proc/sys/net/ipv4/ip_forward"))
        {
            why = "this machine forwards no packets (net.ipv4.ip_forward is 0)";
            return null;
        }

        var processes = instance.Runtime.CgroupPaths.SelectMany(ProcessTable.InCgroup).ToArray();
        if (processes.Length == 0)
        {
            why = "its program is not found in its cgroup on this machine";
            return null;
        }

        if (OnLinkTo(endpoint.Address, Routes("self")) is not { } bridge)
        {
            why = $"no network of this machine leads to its address {endpoint.Address}";
            return null;
        }

        // The true address of a client is reached by the default route, and the answers have to come by the way that the questions took.
        var routes = Routes($"{processes[0]}").ToArray();
        var outwards = routes.FirstOrDefault(static fields => fields[Destination] == "00000000" && fields[Mask] == "00000000");
        if (outwards is null || outwards[Interface] != OnLinkTo(endpoint.Address, routes))
        {
            why = outwards is null ? "its container's network leads nowhere (no default route), so its answers would not reach clients"
                : "its container answers clients by another network than the one on which the gateway reaches it";
            return null;
        }

        return new BridgedProgram(endpoint, bridge);
    }

    /// <summary>Returns the interface by which an address is reached without a gateway in between, or null if there is none.</summary>
    internal static string? OnLinkTo(IPAddress address, IEnumerable<string[]> routes)
    {
        var wanted = BitConverter.ToUInt32(address.GetAddressBytes());
        return (from fields in routes
                let mask = Number(fields[Mask])
                where mask != 0 && fields[Via] == "00000000" && (wanted & mask) == Number(fields[Destination])
                orderby uint.PopCount(mask) descending
                select fields[Interface]).FirstOrDefault();
    }

    /// <summary>Splits the lines of a table of routes.</summary>
    internal static IEnumerable<string[]> Parse(IEnumerable<string> lines) =>
        lines.Skip(1).Select(static line => line.Split('\t', StringSplitOptions.TrimEntries)).Where(static fields => fields.Length > Mask);

    private static IEnumerable<string[]> Routes(string process)
    {
        try
        {
            return Parse(File.ReadAllLines($"/proc/{process}/net/route"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // The numbers are those in memory, of which the first byte is the address's first.
    private static uint Number(string text) => uint.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static bool IsOn(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() != "0";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
