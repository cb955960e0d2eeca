using System.Net;
using Gateway.Activation;

namespace Gateway.Listening;

/// <summary>
/// A client's connection and the function that it used last. While it is open, that function may get a request that no SYN precedes. Every
/// connection has it as a feature.
/// </summary>
/// <param name="source">The address that the connection comes from, or null if it has none.</param>
/// <param name="young">Counts the connection until its first request.</param>
internal sealed class ClientConnection(IPAddress? source, YoungConnections young) : IDisposable
{
    private Function? _last;
    private Function? _expected;
    private IPAddress? _client;
    private long _since;
    private bool _closed;
    private bool _isOld;
    private CountedLoad? _counted;

    /// <summary>The address that the connection comes from, by TCP's word and nobody else's, or null if it has none.</summary>
    public IPAddress? Source => source;

    /// <summary>Notes that a request for a function is expected on the connection, because of its address or its ClientHello. If none comes, the function is told.</summary>
    /// <param name="function">The function.</param>
    /// <param name="client">The client's address, by a load balancer's word if there is one.</param>
    /// <param name="now">The time, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void Expect(Function function, IPAddress? client, long now)
    {
        _since = _expected is null ? now : _since;
        (_expected, _client) = (function, client);
    }

    /// <summary>Notes that a request on the connection is for a function. With HTTP/2 several requests may do so at once.</summary>
    public void Use(Function function)
    {
        if (ReferenceEquals(Volatile.Read(ref _last), function))
        {
            return;
        }

        Grow();
        EndLoad();
        function.Connected();
        Interlocked.Exchange(ref _last, function)?.Disconnected();
        if (Volatile.Read(ref _closed))
        {
            Leave();
        }
    }

    public void Dispose()
    {
        if (!Volatile.Read(ref _isOld))
        {
            _expected?.NoteSilence(source, _client, _since);
        }

        Grow();
        EndLoad();
        Volatile.Write(ref _closed, true);
        Interlocked.MemoryBarrier();
        Leave();
    }

    /// <summary>Has a function that starts expect the connection's first request, which counts as load until it comes.</summary>
    /// <param name="function">The function that the connection is for, as far as is known.</param>
    /// <param name="client">Where the connection comes from.</param>
    public void CountAsLoad(Function function, IPEndPoint? client)
    {
        if (Volatile.Read(ref _counted) is null && function.Expect(client) is var wake and > 0)
        {
            Volatile.Write(ref _counted, new CountedLoad(function, wake));
        }
    }

    /// <summary>Notes that the connection is not young any more.</summary>
    public void Grow()
    {
        if (!Interlocked.Exchange(ref _isOld, true))
        {
            young.Leave();
        }
    }

    private void EndLoad() => Interlocked.Exchange(ref _counted, null)?.End();

    private void Leave() => Interlocked.Exchange(ref _last, null)?.Disconnected();

    private sealed record CountedLoad(Function Function, int Wake)
    {
        public void End() => Function.Unexpect(Wake);
    }
}
