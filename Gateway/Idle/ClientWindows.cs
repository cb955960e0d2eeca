using Gateway.Model;

namespace Gateway.Idle;

/// <summary>
/// W of one function: how much time its clients' handshakes gave, over the last requests that ended a rest. Signals of all
/// kinds count together, in the proportion in which they come; nothing tells one client from another.
/// </summary>
internal sealed class ClientWindows
{
    public const int Capacity = 64;

    private readonly Durations _all = new(Capacity);
    private readonly Queue<SignalKind> _kinds = [];

    public int Count => _all.Count;

    /// <summary>p10(W): nine of ten clients give at least this much; null before the first.</summary>
    public TimeSpan? P10 => _all.Quantile(0.1);

    /// <summary>The windows that are kept, oldest first.</summary>
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
