using Gateway.Activation.Scaling;
using Gateway.Configuration;

namespace Gateway.Tests.Activation.Scaling;

/// <summary>
/// Lives through a load without waiting for it: the scaler is asked when a function would ask it, an instance that it wants takes requests after the time of a
/// start, and one that it does not want is gone at once.
/// </summary>
internal sealed class ScaleSimulation(ScaleOptions scale, double startSeconds = 0.1)
{
    private const long Frequency = 1_000_000;
    private const double Step = 0.01;

    private readonly IScaler _scaler = new ConcurrencyScaler();
    private readonly List<double> _readyAt = [];
    private readonly List<(double At, int Instances, string Reason)> _changes = [];
    private int _asked;

    /// <summary>Each change of how many instances are wanted.</summary>
    public IReadOnlyList<(double At, int Instances, string Reason)> Changes => _changes;

    /// <summary>How often the scaler was asked.</summary>
    public int Asked => _asked;

    /// <summary>How many changes were followed by one in the other direction.</summary>
    public int Turns => _changes.Zip(_changes.Skip(1), static (one, next) => next.Instances - one.Instances).Where(static change => change != 0)
        .Aggregate((Turns: 0, Last: 0), static (sum, change) => (sum.Turns + (sum.Last * change < 0 ? 1 : 0), Math.Sign(change))).Turns;

    /// <summary>How many instances were wanted at a time.</summary>
    public int At(double second) => _changes.LastOrDefault(change => change.At <= second).Instances;

    /// <summary>When so many instances were wanted first.</summary>
    public double First(int instances) => _changes.First(change => change.Instances >= instances).At;

    /// <param name="load">The requests that there are at each second.</param>
    /// <param name="seconds">How long it lasts.</param>
    /// <param name="running">How many instances run before that, each with a history of no load. None: the first request wakes the function.</param>
    public ScaleSimulation Run(Func<double, double> load, double seconds, int running = 0)
    {
        var history = new LoadHistory(scale, load: 0, now: 0, Frequency);
        ScaleDecision decision = default;
        double? due = running > 0 ? 0 : null;
        _readyAt.AddRange(Enumerable.Repeat(0.0, running));
        var before = 0;
        for (var tick = 0; tick * Step <= seconds; tick++)
        {
            var at = tick * Step;
            var now = (int)Math.Round(load(at));
            var timestamp = (long)(at * Frequency);
            history.Change(now - before, timestamp);
            if (_readyAt.Count == 0 && now > 0)
            {
                _readyAt.Add(at + startSeconds);
                due = at;
            }

            var ready = _readyAt.Count(ready => ready <= at);
            var isNews = ready != _readyAt.Count(ready => ready <= at - Step) || (ready == 0 && now > before);
            before = now;
            if (_readyAt.Count == 0 || !(due <= at || now > (decision.AskAbove ?? int.MaxValue) || isNews))
            {
                continue;
            }

            _asked++;
            if (decision.Wanted == 0)
            {
                history.Begin(now, timestamp);
            }

            var averages = history.Read(now, timestamp);
            decision = _scaler.Decide(
                new ScaleLoad(scale, TimeSpan.FromSeconds(at), ready == 0 ? now : 0, ready == 0 ? 0 : now)
                {
                    IsWaking = decision.Wanted == 0 && running == 0,
                    Average = averages.Stable,
                    RecentAverage = averages.Panic,
                    Ready = ready,
                    Active = _readyAt.Count,
                    TypicalStart = TimeSpan.FromSeconds(startSeconds),
                },
                decision.State);
            due = decision.LookAgain is { } again ? at + again.TotalSeconds : null;
            if (decision.Wanted != (_changes.Count == 0 ? 0 : _changes[^1].Instances))
            {
                _changes.Add((at, decision.Wanted, decision.Reason));
            }

            while (_readyAt.Count < decision.Wanted)
            {
                _readyAt.Add(at + startSeconds);
            }

            _readyAt.RemoveRange(decision.Wanted, _readyAt.Count - decision.Wanted);
        }

        return this;
    }
}
