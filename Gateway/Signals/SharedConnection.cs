namespace Gateway.Signals;

/// <summary>A connection to a shared address. Set on each as a feature.</summary>
internal sealed class SharedConnection
{
    private int _asked;

    /// <summary>Returns true once, for the connection's first request.</summary>
    public bool IsFirst() => _asked == 0 && Interlocked.Exchange(ref _asked, 1) == 0;
}
