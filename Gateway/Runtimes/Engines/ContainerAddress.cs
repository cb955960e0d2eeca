using System.Net;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Finds the address at which a running container is reached.</summary>
internal static class ContainerAddress
{
    /// <summary>Returns the address on the network the container was made for, or else on any other, preferring IPv4. Returns null if it has none.</summary>
    public static IPAddress? Of(ContainerInspectResponse container, string network)
    {
        var networks = container.NetworkSettings?.Networks ?? new Dictionary<string, EndpointSettings>();
        return networks
            .OrderByDescending(pair => pair.Key == network)
            .Select(pair => Parse(pair.Value.IPAddress) ?? Parse(pair.Value.GlobalIPv6Address))
            .FirstOrDefault(address => address is not null);
    }

    private static IPAddress? Parse(string? text) => IPAddress.TryParse(text, out var address) ? address : null;
}
