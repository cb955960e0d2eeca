using System.Net;
using System.Net.Sockets;

namespace Gateway.Lab.Networking;

/// <summary>HTTP from inside a namespace, by this process.</summary>
public static class NamespaceHttp
{
    /// <summary>A client whose connections come from <paramref name="space"/>.</summary>
    /// <param name="space">Where the connections come from; must outlive the client.</param>
    /// <param name="hosts">Addresses by host name. Nothing is asked of a name server; <c>localhost</c> is 127.0.0.1.</param>
    /// <param name="configure">For the rest: TLS, pooling. The connect callback is this method's.</param>
    public static HttpClient CreateHttpClient(
        this NetworkNamespace space, IReadOnlyDictionary<string, IPAddress>? hosts = null, Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var endpoint = new IPEndPoint(Resolve(context.DnsEndPoint.Host, hosts), context.DnsEndPoint.Port);
                return new NetworkStream(await space.ConnectAsync(endpoint, cancellationToken), ownsSocket: true);
            },
        };
        configure?.Invoke(handler);
        return new HttpClient(handler);
    }

    private static IPAddress Resolve(string host, IReadOnlyDictionary<string, IPAddress>? hosts)
    {
        if (hosts is not null && hosts.TryGetValue(host, out var known))
        {
            return known;
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return address;
        }

        return host == "localhost"
            ? IPAddress.Loopback
            : throw new LabException($"Host '{host}' has no address in this lab; give it one in '{nameof(hosts)}'");
    }
}
