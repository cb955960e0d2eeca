using System.Net;
using System.Net.Sockets;

namespace Gateway.Readiness;

/// <summary>Asks an instance once whether it answers.</summary>
public interface IReadinessProbe
{
    /// <summary>A TCP connect, and GET <paramref name="path"/> with 2xx or 3xx when one is given. False: not yet.</summary>
    Task<bool> AnswersAsync(IPEndPoint endpoint, string? path, CancellationToken cancellationToken);
}

/// <summary>The probe on a real socket.</summary>
public sealed class ReadinessProbe(TimeProvider time, IConfirmedConnections confirmed) : IReadinessProbe, IDisposable
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

    public async Task<bool> AnswersAsync(IPEndPoint endpoint, string? path, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, Limit, Timeout.InfiniteTimeSpan);
        try
        {
            return path is null ? await ConnectsAsync(endpoint, limit.Token) : await RespondsAsync(endpoint, path, limit.Token);
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

    private async Task<bool> RespondsAsync(IPEndPoint endpoint, string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri($"http://{endpoint}{path}"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode is >= 200 and < 400;
    }
}
