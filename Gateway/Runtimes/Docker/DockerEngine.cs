using System.Net.Sockets;
using Docker.DotNet;
using Docker.DotNet.NativeHttp;
using Gateway.Configuration;

namespace Gateway.Runtimes.Docker;

/// <summary>
/// One engine: owner of its client, and the place where its failures become sentences. Calls are concurrent; an
/// idle connection is kept for the next one.
/// </summary>
internal sealed class DockerEngine : IDisposable
{
    private readonly DockerClient _client;
    private EngineFacts? _facts;

    public DockerEngine(EngineOptions options)
    {
        Endpoint = options.Endpoint;
        _client = Build(options.Endpoint);
    }

    public Uri Endpoint { get; }

    /// <summary>One call to the engine. A refusal of the engine passes through as <see cref="DockerApiException"/>.</summary>
    /// <exception cref="RuntimeException">The engine cannot be reached, or does not answer.</exception>
    public async Task<T> CallAsync<T>(Func<DockerClient, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(_client);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.Silent(Endpoint, _client.Options.Timeout, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // A call that we cancelled may fail as a broken connection: then it was cancelled.
            cancellationToken.ThrowIfCancellationRequested();
            throw EngineErrors.Unreachable(Endpoint, exception);
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

    /// <summary>What the engine says about itself; asked once, and again after every <see cref="RefreshAsync"/>.</summary>
    public async ValueTask<EngineFacts> FactsAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _facts) ?? await RefreshAsync(cancellationToken);

    /// <summary>Asks the engine anew: it may have been restarted with other settings.</summary>
    public async Task<EngineFacts> RefreshAsync(CancellationToken cancellationToken)
    {
        var info = await CallAsync(client => client.System.GetSystemInfoAsync(cancellationToken), cancellationToken);
        var facts = await EngineFacts.ReadAsync(info, Endpoint, cancellationToken);
        Volatile.Write(ref _facts, facts);
        return facts;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>
    /// The library's own unix transport opens a connection for every call; .NET's handler keeps them, so it is given
    /// the socket instead (docs: DockerClientBuilder.WithTransportOptions).
    /// </summary>
    private static DockerClient Build(Uri endpoint)
    {
        var unix = endpoint.Scheme == "unix";
        var transport = new NativeHttpTransportOptions
        {
            ConfigureHandler = handler =>
            {
                handler.UseProxy = false;
                handler.UseCookies = false;
                handler.AllowAutoRedirect = false;
                handler.ActivityHeadersPropagator = null;
                // Stops last as long as their grace period; none of them may keep a start waiting.
                handler.MaxConnectionsPerServer = int.MaxValue;
                handler.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
                handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10);
                handler.ConnectCallback = unix
                    ? (_, cancellationToken) => ConnectUnixAsync(endpoint.LocalPath, cancellationToken)
                    : (context, cancellationToken) => ConnectTcpAsync(context.DnsEndPoint, cancellationToken);
            },
        };
        return new DockerClientBuilder()
            .WithEndpoint(unix ? new Uri("http://engine/") : endpoint)
            .WithTransportOptions(transport)
            .Build();
    }

    private static ValueTask<Stream> ConnectUnixAsync(string path, CancellationToken cancellationToken) =>
        ConnectAsync(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            new UnixDomainSocketEndPoint(path),
            cancellationToken);

    private static ValueTask<Stream> ConnectTcpAsync(System.Net.DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // The event stream may be silent for days: only keep-alive notices an engine whose machine is gone.
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
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
