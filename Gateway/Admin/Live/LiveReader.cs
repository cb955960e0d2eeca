using Gateway.Activation;
using Gateway.Telemetry;

namespace Gateway.Admin.Live;

/// <summary>
/// What has changed for one page since it was told last. It is bounded whoever reads slowly: a function is in it once, however often it changes, and of
/// cold starts the last ones.
/// </summary>
internal sealed class LiveReader(Action<LiveReader> close) : IDisposable
{
    /// <summary>How many cold starts are kept for a page.</summary>
    public const int MostColdStarts = 200;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private HashSet<Function> _functions = [];
    private Queue<ColdStart> _coldStarts = [];

    public void Touch(Function function)
    {
        lock (_gate)
        {
            _functions.Add(function);
            Tell();
        }
    }

    public void Add(ColdStart cold)
    {
        lock (_gate)
        {
            _coldStarts.Enqueue(cold);
            if (_coldStarts.Count > MostColdStarts)
            {
                _coldStarts.Dequeue();
            }

            Tell();
        }
    }

    /// <summary>Waits until something has changed, or for a time.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken cancellationToken) => _changed.WaitAsync(most, cancellationToken);

    /// <summary>Returns what has changed, and begins anew.</summary>
    public (HashSet<Function> Functions, IReadOnlyCollection<ColdStart> ColdStarts) Take()
    {
        lock (_gate)
        {
            var taken = (_functions, _coldStarts);
            (_functions, _coldStarts) = ([], []);
            return taken;
        }
    }

    public void Dispose() => close(this);

    private void Tell()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }
}
