using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;

namespace Gateway.Readiness;

/// <summary>Asks an instance once whether it answers.</summary>
internal interface IReadinessProbe
{
    /// <summary>
    /// A TCP connect, and GET of <see cref="ReadyOptions.Path"/> with 2xx or 3xx where <paramref name="function"/> has one, in the
    /// function's protocol. Returns false if the instance does not answer yet.
    /// </summary>
    Task<bool> AnswersAsync(IPEndPoint endpoint, FunctionOptions function, CancellationToken cancellationToken);
}

/// <summary>The probe on a real socket.</summary>
internal sealed class ReadinessProbe(TimeProvider time, IConfirmedConnections confirmed, IInstanceProtocols protocols) : IReadinessProbe, IDisposable
{
    /// <summary>One probe's time; a program that accepts and then says nothing is asked again.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>How long a thread of the pool may wait for a connect that is most likely done already.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(0.5);

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
            if (!ConnectsAtOnce(socket, endpoint))
            {
                socket.Dispose();
                socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(endpoint, cancellationToken);
            }

            // A port that nobody listens on yet can be picked as the connect's own source port and connect to itself.
            if (socket.LocalEndPoint!.Equals(socket.RemoteEndPoint))
            {
                return false;
            }

            confirmed.Offer(endpoint, socket);
            socket = null;
            return true;
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>
    /// To an address on this machine the kernel shakes hands within the system call, some 50 us; being called back about
    /// it takes longer than that. False: not within <see cref="AtOnce"/>.
    /// </summary>
    private static bool ConnectsAtOnce(Socket socket, IPEndPoint endpoint)
    {
        socket.Blocking = false;
        try
        {
            socket.Connect(endpoint);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!socket.Poll(AtOnce, SelectMode.SelectWrite))
            {
                return false;
            }

            if (!socket.Connected)
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }
        }

        socket.Blocking = true;
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

    // What servers of HTTP/2 alone say to HTTP/1.1: nothing that HTTP/1.1 knows, or one of these.
    private static bool MayWantHttp2(HttpStatusCode? status) => status
        is null or HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.UpgradeRequired or HttpStatusCode.HttpVersionNotSupported;

    private static bool IsGood(HttpStatusCode? status) => (int?)status is >= 200 and < 400;

    private async Task<HttpStatusCode?> StatusAsync(IPEndPoint endpoint, string path, FunctionOptions function, Version version, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{endpoint}{path}")) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        // Programs that know their own names answer nobody who calls them something else.
        request.Headers.Host = function.Ready.Host ?? function.Hosts.FirstOrDefault(static host => !host.StartsWith('*'));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.StatusCode;
    }
}
