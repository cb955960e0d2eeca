using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Clients that connect at a fixed rate whatever becomes of the ones before, send one request and read the answer to its end. Each is either answered 200, or it is lost, and why.
/// </summary>
internal sealed class NewConnections : IAsyncDisposable
{
    private readonly Edge _edge;
    private readonly (int Port, bool Tls)[] _targets;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly ConcurrentBag<Task> _clients = [];
    private readonly Task _sending;
    private int _answered;
    private long _slowest;

    /// <param name="edge">The gateway's network.</param>
    /// <param name="perSecond">How many connect in a second.</param>
    /// <param name="targets">Where they connect, in turn.</param>
    public NewConnections(Edge edge, int perSecond, params (int Port, bool Tls)[] targets)
    {
        (_edge, _targets) = (edge, targets);
        _sending = SendAsync(TimeSpan.FromSeconds(1) / perSecond);
    }

    /// <summary>How many have been answered so far.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Why some were not answered.</summary>
    public IReadOnlyCollection<string> Lost => _lost;

    /// <summary>The longest time from a connect to the end of the answer.</summary>
    public TimeSpan Slowest => TimeSpan.FromTicks(Volatile.Read(ref _slowest));

    /// <summary>Connects no more, and completes when all have been answered or are lost.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task SendAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(_stop.Token); i++)
            {
                var target = _targets[i % _targets.Length];
                _clients.Add(Task.Run(() => AskAsync(target.Port, target.Tls)));
            }
        }
        catch (OperationCanceledException)
        {
            // All have connected.
        }
    }

    private async Task AskAsync(int port, bool tls)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        try
        {
            var socket = await _edge.Network.Client.ConnectAsync(new IPEndPoint(_edge.Network.Link.Server.Address, port), limit.Token);
            await using var tcp = new NetworkStream(socket, ownsSocket: true);
            await using var secure = tls ? new SslStream(tcp) : null;
            if (secure is not null)
            {
                await secure.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions { TargetHost = Edge.Host, RemoteCertificateValidationCallback = static (_, _, _, _) => true }, limit.Token);
            }

            Stream stream = secure is null ? tcp : secure;
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {Edge.Host}\r\nConnection: close\r\n\r\n"), limit.Token);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var answer = await reader.ReadToEndAsync(limit.Token);
            if (answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _answered);
                var took = TimeProvider.System.GetElapsedTime(began).Ticks;
                for (var slowest = Volatile.Read(ref _slowest); took > slowest; slowest = Volatile.Read(ref _slowest))
                {
                    Interlocked.CompareExchange(ref _slowest, took, slowest);
                }
            }
            else
            {
                _lost.Enqueue($"{port}: '{answer[..Math.Min(answer.Length, 400)]}'");
            }
        }
        catch (Exception error) when (error is SocketException or IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            _lost.Enqueue($"{port}, after {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms: {error.GetType().Name} {error.Message}");
        }
    }
}
