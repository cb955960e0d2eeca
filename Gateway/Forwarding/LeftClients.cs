using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Forwarding;

/// <summary>
/// Notices that the client of a waiting request has left although what it sent before fills the server's buffer, so that nobody reads on and finds the end. The kernel
/// tells of it (epoll(7), EPOLLRDHUP) to one thread, which exists from the first waiting request on.
/// </summary>
/// <remarks>
/// A client that only ends its own direction is taken for one that has left, as Kestrel takes it when it reads the end. HTTP/2 does not need this: the server always reads
/// its frames. An end that the kernel has not received cannot be told: a client that leaves with more unsent than the buffers take is noticed when the wait is over.
/// </remarks>
internal sealed partial class LeftClients : IDisposable
{
    private const int MostAtOnce = 64;
    private const long StopId = 0;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<long, IConnectionLifetimeFeature> _watched = new();
    private SafeFileHandle? _epoll;
    private SafeFileHandle? _stop;
    private long _last;
    private bool _disposed;

    /// <summary>Begins to watch the connection of a request, and aborts it as soon as the client has left. It is to be disposed of when the request does not wait any more.</summary>
    public Watch Add(HttpContext context)
    {
        if (!HttpProtocol.IsHttp11(context.Request.Protocol) && !HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            return default;
        }

        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket || context.Features.Get<IConnectionLifetimeFeature>() is not { } connection || Epoll() is not { } epoll)
        {
            return default;
        }

        var id = Interlocked.Increment(ref _last);
        _watched[id] = connection;
        try
        {
            if (Watches(epoll, socket.SafeHandle, EPOLLRDHUP | EPOLLONESHOT, id))
            {
                return new Watch(this, socket, id);
            }
        }
        catch (ObjectDisposedException)
        {
            // The connection has been closed, so the request is aborted anyway.
        }

        _watched.TryRemove(id, out _);
        return default;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            if (_stop is { } stop)
            {
                // The thread closes what it uses.
                Notify(stop);
            }
        }
    }

    private void Remove(Socket socket, long id)
    {
        _watched.TryRemove(id, out _);
        try
        {
            Forget(_epoll!, socket.SafeHandle);
        }
        catch (ObjectDisposedException)
        {
            // The kernel forgets a file that is closed.
        }
    }

    private SafeFileHandle? Epoll()
    {
        if (Volatile.Read(ref _epoll) is { } known)
        {
            return known;
        }

        lock (_gate)
        {
            return _disposed ? null : _epoll ?? Start();
        }
    }

    // Without descriptors the next waiting request tries again.
    private SafeFileHandle? Start()
    {
        var epoll = new SafeFileHandle(epoll_create1(EPOLL_CLOEXEC), ownsHandle: true);
        var stop = new SafeFileHandle(eventfd(0, EFD_CLOEXEC), ownsHandle: true);
        if (epoll.IsInvalid || stop.IsInvalid || !Watches(epoll, stop, EPOLLIN, StopId))
        {
            epoll.Dispose();
            stop.Dispose();
            return null;
        }

        new Thread(() => Run(epoll, stop)) { IsBackground = true, Name = "left clients" }.Start();
        _stop = stop;
        Volatile.Write(ref _epoll, epoll);
        return epoll;
    }

    private void Run(SafeFileHandle epoll, SafeFileHandle stop)
    {
        Span<long> ids = stackalloc long[MostAtOnce];
        while (true)
        {
            foreach (var id in ids[..Next(epoll, ids)])
            {
                if (id == StopId)
                {
                    epoll.Dispose();
                    stop.Dispose();
                    return;
                }

                if (_watched.TryRemove(id, out var connection))
                {
                    ThreadPool.UnsafeQueueUserWorkItem(static left => left.Abort(), connection, preferLocal: false);
                }
            }
        }
    }

    /// <summary>A connection that is watched.</summary>
    internal readonly struct Watch(LeftClients owner, Socket socket, long id) : IDisposable
    {
        public void Dispose()
        {
            if (id != StopId)
            {
                owner.Remove(socket, id);
            }
        }
    }
}
