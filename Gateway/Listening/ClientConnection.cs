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
    private bool _closed;
    private bool _isOld;

    /// <summary>The address that the connection comes from, by TCP's word and nobody else's, or null if it has none.</summary>
    public IPAddress? Source => source;

    /// <summary>Notes that a request on the connection is for a function. With HTTP/2 several requests may do so at once.</summary>
    public void Use(Function function)
    {
        if (ReferenceEquals(Volatile.Read(ref _last), function))
        {
            return;
        }

        Grow();
        function.Connected();
        Interlocked.Exchange(ref _last, function)?.Disconnected();
        if (Volatile.Read(ref _closed))
        {
            Leave();
        }
    }

    public void Dispose()
    {
        Grow();
        Volatile.Write(ref _closed, true);
        Interlocked.MemoryBarrier();
        Leave();
    }

    /// <summary>Notes that the connection is not young any more.</summary>
    public void Grow()
    {
        if (!Interlocked.Exchange(ref _isOld, true))
        {
            young.Leave();
        }
    }

    private void Leave() => Interlocked.Exchange(ref _last, null)?.Disconnected();
}
