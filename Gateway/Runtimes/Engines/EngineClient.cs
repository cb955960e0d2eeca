using System.Net;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.NativeHttp;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Makes the calls to one engine, and turns its failures into sentences. Calls are concurrent, and an idle connection is kept for the next
/// call.
/// </summary>
internal sealed class EngineClient : IDisposable
{
    /// <summary>The number of bytes of a refusal that are read at most.</summary>
    private const int MaxRefusal = 16 * 1024;

    private readonly DockerClient _client;
    private readonly HttpClient _http;
    private EngineFacts? _facts;

    public EngineClient(EngineDialect dialect, EngineOptions options)
    {
        Dialect = dialect;
        Endpoint = options.Endpoint;
        _client = Build(options.Endpoint);
        _http = BuildHttp(options.Endpoint);
    }

    public EngineDialect Dialect { get; }

    public Uri Endpoint { get; }

    /// <summary>Makes one call to the engine. A refusal by the engine passes through as <see cref="DockerApiException"/>.</summary>
    /// <exception cref="RuntimeException">The engine cannot be reached, or does not answer.</exception>
    public async Task<T> CallAsync<T>(Func<DockerClient, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(_client);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.Silent(Dialect, Endpoint, _client.Options.Timeout, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // A call that we have canceled may fail as a broken connection, and counts as canceled.
            cancellationToken.ThrowIfCancellationRequested();
            throw EngineErrors.Unreachable(Dialect, Endpoint, exception);
        }
    }

    /// <inheritdoc cref="CallAsync{T}"/>
    public Task CallAsync(Func<DockerClient, Task> call, CancellationToken cancellationToken) =>
        CallAsync(
            async client =>
            {
                await call(client);
                return true;
            },
            cancellationToken);

    /// <summary>Makes a call that Docker's API does not have. 2xx and 304 (it was so already) count as success.</summary>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    /// <exception cref="RuntimeException">The engine cannot be reached, or does not answer.</exception>
    public Task PostAsync(Uri path, HttpContent? content, CancellationToken cancellationToken) => CallAsync(
        async _ =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_client.Options.Timeout);
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.NotModified)
            {
                throw await RefusalAsync(response, limit.Token);
            }
        },
        cancellationToken);

    /// <summary>Makes a call whose answer is a stream, which ends when what was asked for has ended.</summary>
    /// <param name="most">The number of bytes that are returned at most. The others are read and dropped.</param>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    /// <exception cref="RuntimeException">The engine cannot be reached.</exception>
    public Task<byte[]> ReadAsync(Uri path, HttpContent content, int most, CancellationToken cancellationToken) => CallAsync(
        async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw await RefusalAsync(response, cancellationToken);
            }

            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var (kept, buffer) = (new MemoryStream(), new byte[most]);
            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                kept.Write(buffer, 0, Math.Min(read, most - (int)kept.Length));
            }

            return kept.ToArray();
        },
        cancellationToken);

    /// <summary>Reads why the engine refused, as far as it is told to anybody. The rest of the body is not read.</summary>
    private static async Task<DockerApiException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = new byte[MaxRefusal];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return new DockerApiException(response.StatusCode, Encoding.UTF8.GetString(body, 0, length));
    }

    /// <summary>Returns what the engine says about itself. It is asked once, and again by each <see cref="RefreshAsync"/>.</summary>
    public async ValueTask<EngineFacts> FactsAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _facts) ?? await RefreshAsync(cancellationToken);

    /// <summary>Asks the engine again, because it may have been restarted with other settings.</summary>
    public async Task<EngineFacts> RefreshAsync(CancellationToken cancellationToken)
    {
        var info = await CallAsync(client => client.System.GetSystemInfoAsync(cancellationToken), cancellationToken);
        var facts = await EngineFacts.ReadAsync(info, Dialect, Endpoint, TimeProvider.System.GetUtcNow(), cancellationToken);
        Volatile.Write(ref _facts, facts);
        return facts;
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    /// <summary>
    /// Builds a client that keeps connections. The library's own unix transport opens one for every call, but .NET's handler keeps them, so that
    /// handler is given the socket instead (docs: DockerClientBuilder.WithTransportOptions).
    /// </summary>
    private static DockerClient Build(Uri endpoint)
    {
        var transport = new NativeHttpTransportOptions { ConfigureHandler = handler => Configure(handler, endpoint) };
        return new DockerClientBuilder()
            .WithEndpoint(endpoint.Scheme == "unix" ? new Uri("http://engine/") : endpoint)
            .WithTransportOptions(transport)
            .Build();
    }

    private static HttpClient BuildHttp(Uri endpoint)
    {
        var handler = new SocketsHttpHandler();
        Configure(handler, endpoint);
        return new HttpClient(handler)
        {
            BaseAddress = endpoint.Scheme == "unix" ? new Uri("http://engine/") : new UriBuilder(endpoint) { Scheme = endpoint.Scheme == "https" ? "https" : "http" }.Uri,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    private static void Configure(SocketsHttpHandler handler, Uri endpoint)
    {
        handler.UseProxy = false;
        handler.UseCookies = false;
        handler.AllowAutoRedirect = false;
        handler.ActivityHeadersPropagator = null;
        // A stop lasts as long as its grace period, and must not make a start wait.
        handler.MaxConnectionsPerServer = int.MaxValue;
        handler.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
        handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10);
        handler.ConnectCallback = endpoint.Scheme == "unix"
            ? (_, cancellationToken) => ConnectUnixAsync(endpoint.LocalPath, cancellationToken)
            : (context, cancellationToken) => ConnectTcpAsync(context.DnsEndPoint, cancellationToken);
    }

    private static ValueTask<Stream> ConnectUnixAsync(string path, CancellationToken cancellationToken) =>
        ConnectAsync(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            new UnixDomainSocketEndPoint(path),
            cancellationToken);

    private static ValueTask<Stream> ConnectTcpAsync(System.Net.DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // The event stream may be silent for days, so that only keep-alive notices that the engine's machine is gone.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        return ConnectAsync(socket, endpoint, cancellationToken);
    }

    private static async ValueTask<Stream> ConnectAsync(
        Socket socket, System.Net.EndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new PooledStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
