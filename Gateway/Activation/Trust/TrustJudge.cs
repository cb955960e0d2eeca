using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Activation.Trust;

/// <summary>
/// Decides which signals are trusted: each function, each group of sources and the whole needs a later kind of signal while most wakes by the earlier one come to
/// nothing, until it has been calm. Requests are always trusted. This class is thread-safe.
/// </summary>
internal sealed partial class TrustJudge(TrustOptions options, TimeProvider time, TrustMetrics metrics, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Lock _telling = new();
    private readonly TrustGroups _groups = new();
    private readonly WholeTrust _whole = new();
    private readonly TrustLog _log = new(time, logger);
    private readonly PriorityQueue<TrustSubject, long> _awaited = new();
    private volatile TrustOptions _options = options;
    private ITimer? _timer;
    private int _restricted;

    /// <summary>Gets or sets who is told of groups and the whole. It is set once, before the first signal.</summary>
    public ITrustObserver? Observer { get; set; }

    /// <summary>Gets the time within which a connection has to follow a SYN, or null if none has to.</summary>
    public TimeSpan? ProveWithin => _options is { Enabled: true, Within: var within } ? within : null;

    /// <summary>Returns a judge that trusts everybody.</summary>
    public static TrustJudge Off(TimeProvider time, GatewayMetrics metrics, ILogger logger) =>
        new(new TrustOptions { Enabled = false }, time, new TrustMetrics(metrics.Registry), logger);

    /// <summary>Takes the options of a reload. Functions have to be told by <see cref="Function.TakeTrust"/>.</summary>
    public void Update(TrustOptions now)
    {
        List<TrustSubject> changed = [];
        lock (_gate)
        {
            _options = now;
            if (!now.Enabled)
            {
                foreach (var (subject, _) in _awaited.UnorderedItems)
                {
                    Set(subject, default, changed);
                }
            }
        }

        Tell(changed);
    }

    /// <summary>Returns true if the signal's source, or all sources, need a later kind of signal for now. Normally this costs one read.</summary>
    public bool Refuses(in Signal signal)
    {
        if (Volatile.Read(ref _restricted) == 0 || signal.Client is not { } client)
        {
            return false;
        }

        var group = SourceGroup.Of(client.Address);
        if (signal.Strength < _groups.EarliestOf(group))
        {
            return true;
        }

        if (signal.Strength >= _whole.Earliest)
        {
            return false;
        }

        lock (_gate)
        {
            return !_groups.IsGood(group, _options);
        }
    }

    /// <summary>Notes what became of a wake.</summary>
    /// <param name="function">The function that was woken.</param>
    /// <param name="signal">The signal that woke it.</param>
    /// <param name="isWasted">Whether no request followed.</param>
    public void Note(FunctionTrust function, in Signal signal, bool isWasted)
    {
        var (trust, now) = (_options, Now);
        if (!trust.Enabled || signal.Kind == SignalKind.Request)
        {
            return;
        }

        List<TrustSubject> changed = [];
        lock (_gate)
        {
            if (!function.Function.IsRetired)
            {
                Set(function, function.Score.After(signal.Kind, isWasted, now, trust, function.Fewest), changed);
            }

            if (signal.Client is { } client)
            {
                var group = _groups.Of(SourceGroup.Of(client.Address));
                Set(group, group.Score.After(signal.Kind, isWasted, now, trust, group.Fewest), changed);
            }

            Set(_whole, _whole.Score.After(signal.Kind, isWasted, now, trust, _whole.Fewest), changed);
        }

        Tell(changed);
    }

    /// <summary>Forgets a function of which nothing is left.</summary>
    public void Forget(FunctionTrust function)
    {
        lock (_gate)
        {
            Set(function, default, []);
        }
    }

    private Moment Now => new(time.GetTimestamp(), time.TimestampFrequency);

    private void Set(TrustSubject subject, in TrustScore score, List<TrustSubject> changed)
    {
        var (before, now) = (subject.Earliest, score.Earliest);
        subject.Score = score;
        if (before == now)
        {
            return;
        }

        _restricted += (now == SignalKind.Syn ? 0 : 1) - (before == SignalKind.Syn ? 0 : 1);
        metrics.Step(subject.Scope.ToString(), before, now);
        changed.Add(subject);
        if (subject is GroupTrust group)
        {
            _groups.Refile(group, out var forgotten);
            if (forgotten is not null)
            {
                // It is filed away already. Its level falls so that observers are told.
                _restricted--;
                metrics.Step(forgotten.Scope.ToString(), forgotten.Earliest, SignalKind.Syn);
                forgotten.Score = default;
                changed.Add(forgotten);
            }
        }

        Await(subject);
    }

    private void Await(TrustSubject subject)
    {
        if (subject.Earliest == SignalKind.Syn || subject.IsAwaited)
        {
            return;
        }

        subject.IsAwaited = true;
        _awaited.Enqueue(subject, subject.Score.CalmAt);
        SetTimer();
    }

    private void SetTimer()
    {
        if (_awaited.TryPeek(out _, out var due))
        {
            var left = time.GetElapsedTime(time.GetTimestamp(), due) + TimeSpan.FromMilliseconds(1);
            _timer ??= time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        List<TrustSubject> changed = [];
        lock (_gate)
        {
            var now = Now;
            while (_awaited.TryPeek(out var subject, out var due) && due <= now.Timestamp)
            {
                _awaited.Dequeue();
                subject.IsAwaited = false;
                Set(subject, subject.Score.Calmed(now, _options, subject.Fewest), changed);
                Await(subject);
            }

            SetTimer();
        }

        Tell(changed);
    }

    // Whoever is told last is told the level that holds.
    private void Tell(List<TrustSubject> changed)
    {
        foreach (var subject in changed)
        {
            lock (_telling)
            {
                _log.Step(subject);
                if (subject is GroupTrust group)
                {
                    Observer?.OnGroup(group.Group, _groups.EarliestOf(group.Group));
                }
                else if (subject == _whole)
                {
                    Observer?.OnAll(subject.Earliest);
                }
            }

            (subject as FunctionTrust)?.Function.TakeTrust();
        }
    }
}
