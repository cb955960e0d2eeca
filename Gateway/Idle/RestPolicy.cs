using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>
/// <c>Idle:Tier</c> <c>Auto</c>: each function rests in the deepest tier whose wake its own clients' handshakes hide, and is
/// awake when it is expected to be used. docs/tiers.md explains it.
/// </summary>
internal sealed class RestPolicy(TimeProvider time, IRestEvents events) : IRestPolicy
{
    // p95 and p10: about one in ten notices what counts as hidden.
    private const double NoticedThough = 0.1;

    // How far "least likely to be used" looks ahead.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, FunctionRecord> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Occurs when measurements changed that are worth keeping. Handlers must not block.</summary>
    public event EventHandler? Learned;

    /// <summary>What is known of every function.</summary>
    public ICollection<FunctionRecord> Records => _functions.Values;

    public RestDecision Decide(in RestQuestion question)
    {
        var record = Record(question.Function.Name);
        lock (record.Gate)
        {
            record.Match(question.Function);
            record.WasConnected = question.OpenConnections > 0;
            var probes = record.Probes.Count;
            var (decision, cause) = new RestReasoning(record, question, time).Decide();
            record.WakeDue = decision.WakeIn is { } wakeIn ? time.GetTimestamp() + Ticks(wakeIn) : 0;
            if (record.Probes.Count != probes)
            {
                events.Probing(record.Name, decision.Tier);
            }

            Tell(record, decision, cause);
            return decision;
        }
    }

    public void NoteWake(string function, Tier from, TimeSpan ready)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            var probed = record.Probes.Current is not null;
            record.AddWake(from, ready, time.GetTimestamp(), time.GetUtcNow());
            if (record.IsUnused && !probed)
            {
                events.Expecting(function);
            }
        }

        Learned?.Invoke(this, EventArgs.Empty);
    }

    public void NoteBuild(string function, string build)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            record.MatchBuild(build);
        }
    }

    public void NoteWindow(string function, SignalKind signal, TimeSpan window)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            if (!record.AddWindow(signal, window))
            {
                return;
            }
        }

        Learned?.Invoke(this, EventArgs.Empty);
    }

    public void NoteArrival(string function, long timestamp)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            record.AddUse(timestamp, time);
        }
    }

    /// <summary>Notes that memory is short, so that at the next question the function goes deeper if it may.</summary>
    public void Press(string function)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            record.IsPressed = true;
        }
    }

    /// <summary>The chance, 0 to 1, that it is used within the horizon; a function never seen in use, as if it were idle for an hour.</summary>
    public double ChanceOfUse(string function, TimeSpan horizon)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            return record.Gaps.ChanceWithin(record.SinceUse(time.GetTimestamp(), time) ?? TimeSpan.FromHours(1), horizon);
        }
    }

    /// <summary>
    /// The chance, 0 to 1, that somebody will wait soon if it is stopped now: that it is used, and by a client whose
    /// handshakes do not hide the start.
    /// </summary>
    public double Regret(string function)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            var noticed = TierJudge.Judge(record, Tier.Stopped) == TierVerdict.Hidden ? NoticedThough : 1;
            return noticed * ChanceOfUse(function, Soon);
        }
    }

    /// <summary>Forgets functions that are configured no more.</summary>
    public void Keep(Predicate<string> isConfigured)
    {
        foreach (var name in _functions.Keys.Where(name => !isConfigured(name)))
        {
            _functions.TryRemove(name, out _);
        }
    }

    internal FunctionRecord Record(string function) =>
        _functions.TryGetValue(function, out var record) ? record : _functions.GetOrAdd(function, static name => new FunctionRecord(name));

    private long Ticks(TimeSpan wait) => (long)(wait.TotalSeconds * time.TimestampFrequency);

    // Once for each change, however often the numbers in it move; "in use" is no decision about its rest.
    private void Tell(FunctionRecord record, RestDecision decision, RestCause cause)
    {
        if (cause != RestCause.InUse && record.Told != (decision.Tier, cause))
        {
            record.Told = (decision.Tier, cause);
            events.Decided(record.Name, decision, cause);
        }
    }
}
