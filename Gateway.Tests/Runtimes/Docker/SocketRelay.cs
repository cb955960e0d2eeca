using System.Collections.Concurrent;
using System.Net.Sockets;
using Gateway.Tests.Configuration;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>An engine's socket that can be taken away and put back while the engine lives on.</summary>
internal sealed class SocketRelay : IAsyncDisposable
{
    private readonly string _engine;
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private CancellationTokenSource _open = new();
    private Task _accept = Task.CompletedTask;

    public SocketRelay(string engine)
    {
        _engine = engine;
        Open();
    }

    public Uri Endpoint => new($"unix://{Path}");

    private string Path => _directory.File("relay.sock");

    public void Open()
    {
        _open = new CancellationTokenSource();
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path));
        listener.Listen();
        _accept = AcceptAsync(listener, _open.Token);
    }

    /// <summary>Cuts every connection and removes the socket.</summary>
    public void Close()
    {
        _open.Cancel();
        File.Delete(Path);
    }

    /// <summary>Every connection is cut.</summary>
    public async Task LostAsync()
    {
        await _accept;
        await Task.WhenAll(_connections);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await LostAsync();
        _open.Dispose();
        _directory.Dispose();
    }

    private async Task AcceptAsync(Socket listener, CancellationToken closed)
    {
        using (listener)
        {
            try
            {
                while (true)
                {
                    _connections.Add(RelayAsync(await listener.AcceptAsync(closed), closed));
                }
            }
            catch (OperationCanceledException)
            {
            }
        }
    }

    private async Task RelayAsync(Socket client, CancellationToken closed)
    {
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await engine.ConnectAsync(new UnixDomainSocketEndPoint(_engine), closed);
                await using var near = new NetworkStream(client);
                await using var far = new NetworkStream(engine);
                await Task.WhenAny(near.CopyToAsync(far, closed), far.CopyToAsync(near, closed));
            }
            catch (Exception error) when (error is OperationCanceledException or IOException or SocketException)
            {
            }
        }
    }
}
