using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Tests.Runtimes.Dummy;

/// <summary>
/// A listener of this process that answers every request with its text. It takes connections from its start on, and is ready when the test says so: a
/// probe would find it too early.
/// </summary>
internal sealed class DummyInstance(string id, string text) : IInstance, IInstanceReadiness
{
    /// <summary>What it says that it uses.</summary>
    public const long Memory = 48 << 20;

    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpListener? _listener;
    private int _connections;

    public string Id => id;

    public IPEndPoint? Endpoint { get; private set; }

    public IReadOnlyList<string> CgroupPaths => [];

    public IInstanceReadiness Readiness => this;

    public Tier Tier { get; private set; }

    public Task<InstanceExit> Exited => _exited.Task;

    /// <summary>Completes when the gateway waits for it.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Connections that it has had.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void BecomeReady() => _ready.TrySetResult();

    public long? MeasureMemory() => Memory;

    public Task<bool> AnswersAsync(CancellationToken cancellationToken) => Task.FromResult(_ready.Task.IsCompleted && Tier == Tier.Running);

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return _ready.Task.WaitAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener = new TcpListener(Endpoint ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Start();
        Endpoint = (IPEndPoint)_listener.LocalEndpoint;
        Tier = Tier.Running;
        _ = ServeAsync(_listener);
        return Task.CompletedTask;
    }

    public Task RestAsync(Tier tier, CancellationToken cancellationToken)
    {
        _listener?.Stop();
        Tier = tier;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _listener?.Stop();
        Tier = Tier.Stopped;
        _exited.TrySetResult(new InstanceExit(0, "it was stopped."));
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _listener?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ServeAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It rests, or was stopped.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // Whatever is asked, it has one answer.
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}"));
    }
}
