using Gateway.Model;

namespace Gateway.Idle;

/// <summary>
/// The windows (W) of one function: how much time its clients' handshakes gave, for the last requests that ended a rest. Signals of all
/// kinds are mixed in the proportion in which they come. Nothing identifies a client.
/// </summary>
internal sealed class ClientWindows
{
    /// <summary>How many windows are kept.</summary>
    public const int Capacity = 64;

    private readonly Durations _all = new(Capacity);
    private readonly Queue<SignalKind> _kinds = [];

    /// <summary>How many windows there are.</summary>
    public int Count => _all.Count;

    /// <summary>p10(W): nine of ten clients give at least this much time. Null if there are no windows.</summary>
    public TimeSpan? P10 => _all.Quantile(0.1);

    /// <summary>The windows, the oldest first.</summary>
    public IEnumerable<(SignalKind Signal, int Microseconds)> Entries => _kinds.Zip(_all.Microseconds);

    public void Add(SignalKind signal, TimeSpan window) => Add(signal, (int)Math.Clamp(window.TotalMicroseconds, 0, int.MaxValue));

    public void Add(SignalKind signal, int microseconds)
    {
        _all.Add(microseconds);
        _kinds.Enqueue(signal);
        if (_kinds.Count > Capacity)
        {
            _kinds.Dequeue();
        }
    }
}
