namespace Gateway.Signals;

/// <summary>A connection to a shared address. Every such connection has it as a feature.</summary>
internal sealed class SharedConnection
{
    private int _asked;

    /// <summary>Returns true for the connection's first request, and false for every later one.</summary>
    public bool IsFirst() => _asked == 0 && Interlocked.Exchange(ref _asked, 1) == 0;
}
