using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;

namespace Gateway.Readiness;

/// <summary>Asks an instance once whether it answers.</summary>
internal interface IReadinessProbe
{
    /// <summary>
    /// Connects by TCP and, if <paramref name="function"/> has a <see cref="ReadyOptions.Path"/>, gets it in the function's protocol. Returns false if
    /// the connection is not accepted or the answer is not 2xx or 3xx.
    /// </summary>
    Task<bool> AnswersAsync(IPEndPoint endpoint, FunctionOptions function, CancellationToken cancellationToken);
}

/// <summary>Probes an instance on a real socket.</summary>
internal sealed class ReadinessProbe(TimeProvider time, IConfirmedConnections confirmed, IInstanceProtocols protocols) : IReadinessProbe, IDisposable
{
    /// <summary>How long one probe may take. A program that accepts the connection and stays silent is asked again.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<bool> AnswersAsync(IPEndPoint endpoint, FunctionOptions function, CancellationToken cancellationToken)
    {
        // The program that has just begun to listen is on this machine, mostly. Nothing else may be in the way of its confirmation.
        if (function.Ready.Path is null && InstantConnect.TryConnect(endpoint, out var connected))
        {
            return connected is not null && Offer(endpoint, connected);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, Limit, Timeout.InfiniteTimeSpan);
        try
        {
            return function.Ready.Path is { } path ? await RespondsAsync(endpoint, path, function, limit.Token) : await ConnectsAsync(endpoint, limit.Token);
        }
        catch (Exception error) when (error is SocketException or HttpRequestException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> ConnectsAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return Offer(endpoint, socket);
    }

    private bool Offer(IPEndPoint endpoint, Socket socket)
    {
        // The kernel can choose a port that nobody listens on yet as the source port of this very connect, which then connects to itself.
        if (socket.LocalEndPoint!.Equals(socket.RemoteEndPoint))
        {
            socket.Dispose();
            return false;
        }

        confirmed.Offer(endpoint, socket);
        return true;
    }

    private async Task<bool> RespondsAsync(IPEndPoint endpoint, string path, FunctionOptions function, CancellationToken cancellationToken)
    {
        if (function.Protocol == FunctionProtocol.H2c)
        {
            return IsGood(await StatusAsync(endpoint, path, function, HttpVersion.Version20, cancellationToken));
        }

        HttpStatusCode? status;
        try
        {
            status = await StatusAsync(endpoint, path, function, HttpVersion.Version11, cancellationToken);
        }
        catch (HttpRequestException error) when (function.Protocol != FunctionProtocol.H1 && error.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded)
        {
            status = null;
        }

        if (function.Protocol == FunctionProtocol.H1 || !MayWantHttp2(status))
        {
            return IsGood(status);
        }

        var answers = IsGood(await StatusAsync(endpoint, path, function, HttpVersion.Version20, cancellationToken));
        if (answers)
        {
            protocols.NoteH2c(endpoint);
        }

        return answers;
    }

    // Servers that speak HTTP/2 only answer HTTP/1.1 with something that is not HTTP/1.1, or with one of these.
    private static bool MayWantHttp2(HttpStatusCode? status) => status
        is null or HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.UpgradeRequired or HttpStatusCode.HttpVersionNotSupported;

    private static bool IsGood(HttpStatusCode? status) => (int?)status is >= 200 and < 400;

    private async Task<HttpStatusCode?> StatusAsync(IPEndPoint endpoint, string path, FunctionOptions function, Version version, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{endpoint}{path}")) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        // Programs that know their own host names refuse requests for other ones.
        request.Headers.Host = function.Ready.Host ?? function.Hosts.FirstOrDefault(static host => !host.StartsWith('*'));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.StatusCode;
    }
}
