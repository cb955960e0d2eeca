using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>One decision about one function, under its record's lock.</summary>
internal sealed class RestReasoning
{
    /// <summary>How long a probed function rests: long enough for the runtime and the machine to come to rest too.</summary>
    public static readonly TimeSpan ProbeRest = TimeSpan.FromSeconds(1);

    /// <summary>Chance from which on something is acted on as if it were sure.</summary>
    private const double NearlySure = 0.9;

    /// <summary>So many gaps must have been seen before they say how a function is used.</summary>
    private const int SeenEnough = 8;

    /// <summary>A rest shorter than this, before a use that is expected, frees nothing worth the work.</summary>
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

    /// <summary>Since its last request ended; being woken with nobody waiting is no use, and being stopped neither.</summary>
    private TimeSpan Idle => _record.IsUnused || _question.Current == Tier.Stopped ? Max(_sinceUse, _question.Idle) : _question.Idle;

    public (RestDecision Decision, RestCause Cause) Decide()
    {
        if (_range.Tiers.Count == 0)
        {
            return (new RestDecision(_question.Current, $"{_question.Current}: Idle:Deepest, Idle:Shallowest and Idle:KeepAliveTier leave it no tier to rest in"), RestCause.Bound);
        }

        return Pressed() ?? UnderProbe() ?? Awake() ?? Probed() ?? Foreseen() ?? Rest();
    }

    // Memory is short: what rests is stopped; what runs goes one tier deeper, and is stopped when that was not enough.
    private (RestDecision, RestCause)? Pressed()
    {
        var pressed = _record.IsPressed;
        _record.IsPressed = false;
        var tier = _question.Current == Tier.Running ? _range.DeeperThan(Tier.Running) : _range.Deepest;
        return pressed && tier is { } deeper && deeper < _question.Current
            ? (new RestDecision(deeper, RestWords.Memory(deeper), WakeIn: WakeIn(deeper)), RestCause.Memory)
            : null;
    }

    private (RestDecision, RestCause)? Awake()
    {
        // What is stopped has nothing left to keep; when to wake it is still to be said.
        if (Idle < After && _question.Current != Tier.Stopped)
        {
            return (new RestDecision(_question.Current, $"{_question.Current}: Idle:After is not over; then {Words()}", LookAgain: Max(After - Idle, Soonest)), RestCause.InUse);
        }

        // Woken early from the depth, it is not put to rest again for the last moment.
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

    // It comes to rest, or has, and is asked about again; it may also be that somebody used it first.
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

        _record.Probes.Begin(deeper, _now);
        return (ProbeOf(deeper), RestCause.Probe);
    }

    // An instance that rests deeper already cannot come up to it without running; after its next wake it can.
    private Tier? WorthProbing =>
        _question.OpenConnections == 0 && TierJudge.WorthProbing(_record, _range, _tier, _time.GetUtcNow()) is { } deeper && deeper < _question.Current ? deeper : null;

    // A client in the middle of a probe would pay for it.
    private bool IsBusySoon => _record.Gaps.Count >= SeenEnough && _record.Gaps.ChanceWithin(_sinceUse, ProbeRest + Lead(Tier.Stopped)) > 1 - NearlySure;

    // Every wake so far was hidden, there are too few of them: somebody in the middle of the probe would hardly notice.
    private bool WasHidden(Tier tier) => _record.Wakes(tier)?.P95 <= _record.Windows.P10;

    private RestDecision ProbeOf(Tier tier) => new(tier, RestWords.Probe(_record, tier, ProbeRest), WakeIn: ProbeRest);

    // When nine of ten uses are foreseen, the foresight is the window, and it hides whatever was measured.
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
            // Nothing comes up without running.
            return (new RestDecision(_question.Current, $"{_question.Current}: until its next use; then {Words()}", WakeIn: WakeIn(_question.Current)), RestCause.InUse);
        }

        var again = _tier == Tier.Running ? Max(After, TimeSpan.FromMinutes(1))
            : WorthProbing is not null ? Max(_record.Probes.Left(_now, _time), TimeSpan.FromSeconds(1)) : (TimeSpan?)null;
        return (new RestDecision(_tier, Words(), again, _tier == Tier.Running ? null : WakeIn(_tier)), _cause);
    }

    private string Words() => RestWords.Chosen(_record, _range, _tier, _cause, _question.OpenConnections);

    // What comes within Idle:After finds it running anyway. What the SYN hides need not be awake for long on a mere expectation.
    private Expectation? WorthAwaiting(Expectation? expected) =>
        expected is { } its && its.From > After && (_cause != RestCause.Hidden || its.Until - its.From <= After) ? its : null;

    private TimeSpan? WakeIn(Tier from) => _expected is { } expected ? Max(expected.From - Lead(from) - _sinceUse, TimeSpan.Zero) : null;

    // To be ready in time, also when the wake is slower than it was.
    private TimeSpan Lead(Tier tier) => ((_record.Wakes(tier)?.P95 ?? TimeSpan.FromSeconds(1)) * 1.5) + TimeSpan.FromSeconds(0.5);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
