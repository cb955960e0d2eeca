using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Readiness;

namespace Gateway.Forwarding;

/// <summary>
/// Keeps the connection by which an instance was found ready, and gives it to the forwarder as the first one. So the request that has waited
/// does not wait for another connect, and a program that handles one connection at a time is not blocked by an unused one.
/// </summary>
internal sealed class FirstConnections(TimeProvider time, InstanceConnections open) : IConfirmedConnections, IFunctionObserver, IDisposable
{
    /// <summary>
    /// How long a connection is kept. It is longer than any client's handshakes, and shorter than servers wait for a first request (Node 60 s,
    /// Kestrel 30 s).
    /// </summary>
    public static readonly TimeSpan KeepTime = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<IPEndPoint, Entry> _entries = new();

    public void Offer(IPEndPoint endpoint, Socket socket)
    {
        var entry = new Entry(socket);
        if (_entries.TryRemove(endpoint, out var older))
        {
            // It belongs to an instance that was at this address before.
            older.Dispose();
        }

        if (!_entries.TryAdd(endpoint, entry))
        {
            entry.Dispose();
            return;
        }

        entry.Timer = time.CreateTimer(_ => Drop(endpoint, entry), null, KeepTime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Returns the kept connection, or a new one as the handler itself would make it, for a <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="cluster">The cluster of the user's own that the connection is for; null if it is for a function.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, string? cluster, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        // Instances have addresses. A destination with a host name is one of the user's own clusters.
        var instance = IPAddress.TryParse(target.Host, out var address) ? new IPEndPoint(address, target.Port) : null;
        if (instance is not null && TryTake(instance, out var first))
        {
            return open.Add(instance, first, cluster);
        }

        if (instance is not null)
        {
            return await open.ConnectAsync(instance, cluster, cancellationToken);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellationToken);
            return open.Add(socket, cluster);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Returns the kept connection for one of bytes, whose program may have spoken first; null if there is none, or the program has ended it.</summary>
    public Socket? TakeForBytes(IPEndPoint endpoint)
    {
        if (!_entries.TryRemove(endpoint, out var entry))
        {
            return null;
        }

        if (entry.Socket.Poll(0, SelectMode.SelectRead) && entry.Socket.Available == 0)
        {
            entry.Dispose();
            return null;
        }

        entry.Timer?.Dispose();
        return entry.Socket;
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

        // It is readable before a request was sent, so the program has closed it or does not speak HTTP.
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
