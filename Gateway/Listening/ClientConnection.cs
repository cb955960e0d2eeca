using Gateway.Activation;

namespace Gateway.Listening;

/// <summary>
/// A client's connection and the function that it used last. While it is open, that function may be asked again with no
/// SYN before. Set on every connection as a feature.
/// </summary>
internal sealed class ClientConnection : IDisposable
{
    private Function? _last;
    private bool _closed;

    /// <summary>A request on it is for this function. HTTP/2 brings several at once.</summary>
    public void Use(Function function)
    {
        if (ReferenceEquals(Volatile.Read(ref _last), function))
        {
            return;
        }

        function.Connected();
        Interlocked.Exchange(ref _last, function)?.Disconnected();
        if (Volatile.Read(ref _closed))
        {
            Leave();
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        Interlocked.MemoryBarrier();
        Leave();
    }

    private void Leave() => Interlocked.Exchange(ref _last, null)?.Disconnected();
}
