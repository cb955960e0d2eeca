using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Makes one decision about one function, under the lock of its record.</summary>
internal sealed class RestReasoning
{
    /// <summary>How long a probed function rests. It is long enough for the runtime and the machine to come to rest too.</summary>
    public static readonly TimeSpan ProbeRest = TimeSpan.FromSeconds(1);

    /// <summary>The chance from which on something is treated as certain.</summary>
    private const double NearlySure = 0.9;

    /// <summary>How many gaps must have been seen before they say how a function is used.</summary>
    private const int SeenEnough = 8;

    /// <summary>The shortest rest before an expected use that is worth the work.</summary>
    private static readonly TimeSpan WorthResting = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(100);

    private readonly FunctionRecord _record;
    private readonly RestQuestion _question;
    private readonly TimeProvider _time;
    private readonly long _now;
    private readonly TierRange _range;
    private readonly TimeSpan _sinceUse;
    private readonly Tier _tier;
    private readonly RestCause _cause;
    private readonly Expectation? _expected;

    public RestReasoning(FunctionRecord record, in RestQuestion question, TimeProvider time)
    {
        (_record, _question, _time, _now) = (record, question, time, time.GetTimestamp());
        _range = TierRange.Of(question);
        _sinceUse = record.SinceUse(_now, time) ?? question.Idle;
        if (_range.Tiers.Count > 0)
        {
            (_tier, _cause) = TierJudge.Choose(record, _range);
            _expected = WorthAwaiting(record.Gaps.Next(_sinceUse));
        }
    }

    private TimeSpan After => _question.Function.Idle.After;

    /// <summary>The time since the last request ended. A wake with nobody waiting is not a use, and neither is a stop.</summary>
    private TimeSpan Idle => _record.IsUnused || _question.Current == Tier.Stopped ? Max(_sinceUse, _question.Idle) : _question.Idle;

    public (RestDecision Decision, RestCause Cause) Decide()
    {
        if (_range.Tiers.Count == 0)
        {
            return (new RestDecision(_question.Current, $"{_question.Current}: Idle:Deepest, Idle:Shallowest and Idle:KeepAliveTier leave it no tier to rest in"), RestCause.Bound);
        }

        return FreeMemory() ?? UnderProbe() ?? Awake() ?? Probed() ?? Foreseen() ?? Rest();
    }

    // When memory is short, a function at rest is stopped. One that runs goes one tier deeper, and is stopped the next time if that was not enough.
    private (RestDecision, RestCause)? FreeMemory()
    {
        var mustFreeMemory = _record.MustFreeMemory;
        _record.MustFreeMemory = false;
        var tier = _question.Current == Tier.Running ? _range.DeeperThan(Tier.Running) : _range.Deepest;
        return mustFreeMemory && tier is { } deeper && deeper < _question.Current
            ? (new RestDecision(deeper, RestWords.Memory(deeper), WakeIn: WakeIn(deeper)), RestCause.Memory)
            : null;
    }

    private (RestDecision, RestCause)? Awake()
    {
        // A stopped function has nothing left to keep, but when to wake it is still to be decided.
        if (Idle < After && _question.Current != Tier.Stopped)
        {
            return (new RestDecision(_question.Current, $"{_question.Current}: Idle:After is not over; then {Words()}", LookAgain: Max(After - Idle, Soonest)), RestCause.InUse);
        }

        // A function that was woken early from the deepest tier is not put to rest again for the last moment.
        if (_expected is { } expected && WakeIn(Tier.Stopped) == TimeSpan.Zero)
        {
            var again = Max(expected.Until - _sinceUse, Soonest);
            return (new RestDecision(_question.Current, "Running: its next use is due", again, _question.Current == Tier.Running ? null : TimeSpan.Zero), RestCause.Due);
        }

        if (_question.Current == Tier.Running && _record.Gaps.Count >= SeenEnough && _record.Gaps.ChanceWithin(_sinceUse, After) >= NearlySure)
        {
            return (new RestDecision(Tier.Running, "Running: it is used so regularly that resting is not worth while", LookAgain: Max(After / 4, Soonest)), RestCause.Constant);
        }

        return null;
    }

    // A probe is under way: the function comes to rest or has done so. Unless somebody has used it since, the decision stays.
    private (RestDecision, RestCause)? UnderProbe() =>
        _record.Probes.IsUnderWay(_now, _time) && _record.Probes.Current is { } under && _range.Tiers.Contains(under) && (_question.Current == under || Idle >= After)
            ? (ProbeOf(under), RestCause.Probe)
            : null;

    private (RestDecision, RestCause)? Probed()
    {
        if (WorthProbing is not { } deeper || _record.Probes.Left(_now, _time) > TimeSpan.Zero || (IsBusySoon && !WasHidden(deeper)))
        {
            return null;
        }

        _record.Probes.Start(deeper, _now);
        return (ProbeOf(deeper), RestCause.Probe);
    }

    // An instance that rests deeper already cannot get to that tier without running. After its next wake it can.
    private Tier? WorthProbing =>
        _question.OpenConnections == 0 && TierJudge.WorthProbing(_record, _range, _tier, _time.GetUtcNow()) is { } deeper && deeper < _question.Current ? deeper : null;

    // A client that comes in the middle of a probe would have to wait.
    private bool IsBusySoon => _record.Gaps.Count >= SeenEnough && _record.Gaps.ChanceWithin(_sinceUse, ProbeRest + Lead(Tier.Stopped)) > 1 - NearlySure;

    // If every wake so far was hidden, though there were few, a client in the middle of the probe would hardly notice.
    private bool WasHidden(Tier tier) => _record.Wakes(tier)?.P95 <= _record.Windows.P10;

    private RestDecision ProbeOf(Tier tier) => new(tier, RestWords.Probe(_record, tier, ProbeRest), WakeIn: ProbeRest);

    // If nine of ten uses are foreseen, the function can be woken in time from any tier whose wake was measured.
    private (RestDecision, RestCause)? Foreseen()
    {
        if (_expected is not { } expected || _record.Gaps.ExpectedShare(_sinceUse) < NearlySure)
        {
            return null;
        }

        foreach (var tier in _range.Tiers)
        {
            if (tier < _tier && _record.Wakes(tier) is not null && WakeIn(tier) is { } wait && wait > WorthResting)
            {
                return (new RestDecision(tier, RestWords.Expected(tier, wait, expected), WakeIn: wait), RestCause.Expected);
            }
        }

        return null;
    }

    private (RestDecision, RestCause) Rest()
    {
        if (_question.Current < _tier)
        {
            // A function cannot get to a shallower tier without running.
            return (new RestDecision(_question.Current, $"{_question.Current}: until its next use; then {Words()}", WakeIn: WakeIn(_question.Current)), RestCause.InUse);
        }

        var again = _tier == Tier.Running ? Max(After, TimeSpan.FromMinutes(1))
            : WorthProbing is not null ? Max(_record.Probes.Left(_now, _time), TimeSpan.FromSeconds(1)) : (TimeSpan?)null;
        return (new RestDecision(_tier, Words(), again, _tier == Tier.Running ? null : WakeIn(_tier)), _cause);
    }

    private string Words() => RestWords.Chosen(_record, _range, _tier, _cause, _question.OpenConnections);

    // A use within Idle:After finds the function running anyway. If the SYN hides the wake, a vague expectation is not worth being awake for long.
    private Expectation? WorthAwaiting(Expectation? expected) =>
        expected is { } next && next.From > After && (_cause != RestCause.Hidden || next.Until - next.From <= After) ? next : null;

    private TimeSpan? WakeIn(Tier from) => _expected is { } expected ? Max(expected.From - Lead(from) - _sinceUse, TimeSpan.Zero) : null;

    // The time before an expected use at which the wake begins, with a reserve for a slower wake.
    private TimeSpan Lead(Tier tier) => ((_record.Wakes(tier)?.P95 ?? TimeSpan.FromSeconds(1)) * 1.5) + TimeSpan.FromSeconds(0.5);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
