using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Listening;

namespace Gateway.WarmUp;

/// <summary>
/// Sends the gateway's own pipeline requests through its real endpoints before anybody else does, so that the first
/// client's request finds compiled code, loaded certificates and filled pools.
/// </summary>
internal sealed class PipelineWarmUp(
    WarmUpFunction warmUp, Listeners listeners, ProxyProtocol proxies, IConfiguration configuration, TimeProvider time, ILogger<PipelineWarmUp> logger)
{
    /// <summary>How long the warm-up may take. A gateway that cannot warm up serves nevertheless.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // The runtime optimizes a method after 30 calls. So many requests make that happen now.
    private const int Requests = 40;
    private const int ColdStarts = 3;

    // A few of the addresses of ten thousand functions warm up as much as all of them.
    private const int AddressesOfAKind = 3;

    /// <summary>Warms up all endpoints and the admin endpoint. What fails is logged.</summary>
    public async Task RunAsync(IEnumerable<string> addresses, AdminOptions admin, FunctionServices services, IReadiness readiness, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, Limit, Timeout.InfiniteTimeSpan);
        try
        {
            await using var self = new SelfServer();
            var function = warmUp.Start(services, readiness, self.EndPoint);
            var targets = addresses.Select(BindingAddress.Parse).Where(address => !address.IsUnixPipe).Select(Target)
                .Where(target => listeners.Find(target.EndPoint) is { IsAdmin: false, IsBytes: false })
                .ToLookup(target => target.IsHttps, target => target.EndPoint);
            await WarmAsync(isHttps: false, targets[false], function, limit.Token);
            await WarmAsync(isHttps: true, targets[true], function, limit.Token);
            await AskAdminAsync(admin, limit.Token);
            WarmUpLog.Warm(logger, time.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or SocketException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WarmUpLog.NotWarm(logger, error.Message);
        }
        finally
        {
            warmUp.End();
        }
    }

    // Kestrel's Protocols may allow only one version at an address, so each version is tried until an address speaks it.
    private async Task WarmAsync(bool isHttps, IEnumerable<IPEndPoint> addresses, Function function, CancellationToken cancellationToken)
    {
        List<Version> left = [HttpVersion.Version11, HttpVersion.Version20];
        var versions = left.Count;
        HttpRequestException? refused = null;
        foreach (var address in addresses.Take(AddressesOfAKind))
        {
            foreach (var version in left.ToArray())
            {
                try
                {
                    await SendAsync(isHttps, address, version, function, cancellationToken);
                    left.Remove(version);
                }
                catch (HttpRequestException error)
                {
                    refused = error;
                }
            }
        }

        if (left.Count == versions && refused is not null)
        {
            WarmUpLog.NotWarm(logger, refused.Message);
        }
    }

    private async Task SendAsync(bool isHttps, IPEndPoint address, Version version, Function function, CancellationToken cancellationToken)
    {
        using var client = Client(address);
        for (var i = 0; i < Requests; i++)
        {
            if (i < ColdStarts)
            {
                await function.SleepAsync();
            }

            await SendAsync(client, isHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, version, cancellationToken);
        }
    }

    private async Task SendAsync(HttpClient client, string scheme, Version version, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://{ServerName()}/healthz")
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Host = FunctionClusters.WarmUpHost },
        };
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    // Where a token is needed, it is the refusal that is warm afterwards.
    private async Task AskAdminAsync(AdminOptions admin, CancellationToken cancellationToken)
    {
        using var client = Client(admin.Socket is { } socket ? new UnixDomainSocketEndPoint(socket) : new IPEndPoint(AddressOf(admin.Url.Host), admin.Url.Port), isAdmin: true);
        var address = new Uri(admin.Url.Scheme == Uri.UriSchemeHttps ? "https://localhost/" : "http://localhost/");
        foreach (var path in (string[])["/metrics", "/api/functions", "/api/coldstarts", "/readyz"])
        {
            using var response = await client.GetAsync(new Uri(address, path), cancellationToken);
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
    }

    private HttpClient Client(EndPoint endpoint, bool isAdmin = false) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
#pragma warning disable CA5359 // It is the gateway's own certificate, over loopback. Whether a client would trust it does not matter here.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
#pragma warning restore CA5359
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endpoint, cancellationToken);
                if (!isAdmin && proxies.Expects(socket.LocalEndPoint))
                {
                    await socket.SendAsync(ProxyHeader.Unknown.ToArray(), cancellationToken);
                }

                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    });

    // The name is one of the user's SNI map, so that a certificate of the user is loaded.
    private string ServerName() =>
        configuration.GetSection("Kestrel:Endpoints").GetChildren()
            .SelectMany(endpoint => endpoint.GetSection("Sni").GetChildren())
            .Select(entry => entry.Key.Replace("*.", "warmup.", StringComparison.Ordinal))
            .FirstOrDefault(name => name != "*") ?? "localhost";

    private static (bool IsHttps, IPEndPoint EndPoint) Target(BindingAddress address) =>
        (address.Scheme == Uri.UriSchemeHttps, new IPEndPoint(AddressOf(address.Host), address.Port));

    private static IPAddress AddressOf(string host)
    {
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            return IPAddress.Loopback;
        }

        // A dual-mode socket has its IPv4 address mapped into an IPv6 one, which an IPv4 socket cannot dial.
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
