using Gateway.Model;

namespace Gateway.Idle;

/// <summary>
/// When a function may rest deeper once and be woken with nobody waiting, only to learn what that costs: two seconds after
/// the last time, then twice as long, up to six hours. Used under its function's lock.
/// </summary>
internal sealed class ProbePlan
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <summary>A probe that has not come to an end by then never will: the runtime failed, or somebody else changed it.</summary>
    public static readonly TimeSpan GivenUp = TimeSpan.FromMinutes(1);

    private TimeSpan _wait = First;
    private long _begun;

    /// <summary>The tier that is being measured; null: none is.</summary>
    public Tier? Current { get; private set; }

    /// <summary>How many probes there were since the program last changed.</summary>
    public int Count { get; private set; }

    /// <summary>The time until the next probe may be; zero when it may be now.</summary>
    public TimeSpan Left(long now, TimeProvider time)
    {
        var left = Count == 0 ? TimeSpan.Zero : _wait - time.GetElapsedTime(_begun, now);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public bool IsUnderWay(long now, TimeProvider time) => Current is not null && time.GetElapsedTime(_begun, now) < GivenUp;

    public void Begin(Tier tier, long now)
    {
        _wait = Count == 0 ? First : TimeSpan.FromTicks(Math.Min(_wait.Ticks * 2, Longest.Ticks));
        _begun = now;
        Current = tier;
        Count++;
    }

    /// <summary>Ends the probe when the function was woken, by the probe itself or by a client that came first.</summary>
    public void Woken() => Current = null;
}
