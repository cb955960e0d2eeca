using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>
/// The policy of <c>Idle:Tier</c> <c>Auto</c>: each function rests in the deepest tier whose wake its own clients' handshakes hide, and is
/// awake when it is expected to be used. docs/tiers.md explains it.
/// </summary>
internal sealed class RestPolicy(TimeProvider time, IRestEvents events) : IRestPolicy
{
    // Because hidden means p95(T_ready) within p10(W), about one client in ten notices a hidden wake.
    private const double NoticedWhenHidden = 0.1;

    // The time within which a use counts for "least likely to be used".
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, FunctionRecord> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Occurs when measurements changed that are worth keeping. Handlers must not block.</summary>
    public event EventHandler? Learned;

    /// <summary>The records of all functions.</summary>
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

            Report(record, decision, cause);
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

    /// <summary>Notes that memory is short, so that by the next decision the function rests deeper if it may.</summary>
    public void NoteMemoryShortage(string function)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            record.MustFreeMemory = true;
        }
    }

    /// <summary>Returns the chance, 0 to 1, that a function is used within the horizon. One that was never used counts as idle for an hour.</summary>
    public double ChanceOfUse(string function, TimeSpan horizon)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            return record.Gaps.ChanceWithin(record.SinceUse(time.GetTimestamp(), time) ?? TimeSpan.FromHours(1), horizon);
        }
    }

    /// <summary>
    /// Returns the chance, 0 to 1, that a client will have to wait soon if a function is stopped now: that the function is used, and by a client
    /// whose handshakes do not hide the start.
    /// </summary>
    public double WaitChance(string function)
    {
        var record = Record(function);
        lock (record.Gate)
        {
            var noticed = TierJudge.Judge(record, Tier.Stopped) == TierVerdict.Hidden ? NoticedWhenHidden : 1;
            return noticed * ChanceOfUse(function, Soon);
        }
    }

    /// <summary>Forgets the functions that are no longer configured.</summary>
    public void Keep(Predicate<string> isConfigured)
    {
        foreach (var name in _functions.Keys.Where(name => !isConfigured(name)))
        {
            _functions.TryRemove(name, out _);
        }
    }

    /// <summary>Returns the record of a function, which is made if there is none.</summary>
    internal FunctionRecord Record(string function) =>
        _functions.TryGetValue(function, out var record) ? record : _functions.GetOrAdd(function, static name => new FunctionRecord(name));

    private long Ticks(TimeSpan wait) => (long)(wait.TotalSeconds * time.TimestampFrequency);

    // A decision is reported once, however often the numbers in its sentence change. "In use" is not a decision about the rest.
    private void Report(FunctionRecord record, RestDecision decision, RestCause cause)
    {
        if (cause != RestCause.InUse && record.LastReported != (decision.Tier, cause))
        {
            record.LastReported = (decision.Tier, cause);
            events.Decided(record.Name, decision, cause);
        }
    }
}
