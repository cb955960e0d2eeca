using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Readiness;

namespace Gateway.Forwarding;

/// <summary>
/// The connection by which an instance was found to answer is the first one that the forwarder uses: the request that
/// has waited does not wait for another connect, and a program that minds one connection at a time has this one to mind.
/// </summary>
internal sealed class FirstConnections(TimeProvider time, InstanceConnections open) : IConfirmedConnections, IFunctionObserver, IDisposable
{
    /// <summary>
    /// Longer than any client's handshakes, shorter than servers wait for a first request (Node 60 s, Kestrel 30 s).
    /// </summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<IPEndPoint, Entry> _entries = new();

    public void Offer(IPEndPoint endpoint, Socket socket)
    {
        var entry = new Entry(socket);
        if (_entries.TryRemove(endpoint, out var older))
        {
            // Of an instance that was there before.
            older.Dispose();
        }

        if (!_entries.TryAdd(endpoint, entry))
        {
            entry.Dispose();
            return;
        }

        entry.Timer = time.CreateTimer(_ => Drop(endpoint, entry), null, Kept, Timeout.InfiniteTimeSpan);
    }

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>: the kept connection, or a new one as the handler itself would make it.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        // Instances have addresses; what has a name is a destination of the user's own.
        var instance = IPAddress.TryParse(target.Host, out var address) ? new IPEndPoint(address, target.Port) : null;
        if (instance is not null && TryTake(instance, out var first))
        {
            return open.Add(instance, first);
        }

        if (instance is not null)
        {
            return await open.ConnectAsync(instance, cancellationToken);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
        if (_entries.TryGetValue(endpoint, out var entry))
        {
            Drop(endpoint, entry);
        }
    }

    public void Dispose()
    {
        foreach (var (endpoint, entry) in _entries)
        {
            Drop(endpoint, entry);
        }
    }

    private bool TryTake(IPEndPoint endpoint, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Socket? socket)
    {
        socket = null;
        if (!_entries.TryRemove(endpoint, out var entry))
        {
            return false;
        }

        // Readable before anything was asked: the program has closed it, or is no HTTP server.
        if (entry.Socket.Poll(0, SelectMode.SelectRead))
        {
            entry.Dispose();
            return false;
        }

        entry.Timer?.Dispose();
        socket = entry.Socket;
        return true;
    }

    private void Drop(IPEndPoint endpoint, Entry entry)
    {
        if (_entries.TryRemove(new(endpoint, entry)))
        {
            entry.Dispose();
        }
    }

    private sealed class Entry(Socket socket) : IDisposable
    {
        public Socket Socket => socket;

        public ITimer? Timer { get; set; }

        public void Dispose()
        {
            Timer?.Dispose();
            socket.Dispose();
        }
    }
}
