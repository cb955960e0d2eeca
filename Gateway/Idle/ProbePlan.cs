using Gateway.Model;

namespace Gateway.Idle;

/// <summary>
/// Decides when a function may be probed: rest deeper once and be woken with nobody waiting, only to measure the wake. The time between two
/// probes begins at two seconds and doubles up to six hours. It is used under the function's lock.
/// </summary>
internal sealed class ProbePlan
{
    /// <summary>The time between the first probe and the second.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(2);

    /// <summary>The longest time between two probes.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <summary>How long a probe may take. One that has not ended by then never will, because the runtime failed or somebody changed the instance.</summary>
    public static readonly TimeSpan GivenUp = TimeSpan.FromMinutes(1);

    private TimeSpan _wait = First;
    private long _begun;

    /// <summary>The tier that is being measured; null if there is no probe.</summary>
    public Tier? Current { get; private set; }

    /// <summary>How many probes there were since the program last changed.</summary>
    public int Count { get; private set; }

    /// <summary>Returns the time until the next probe may start; zero if it may start now.</summary>
    public TimeSpan Left(long now, TimeProvider time)
    {
        var left = Count == 0 ? TimeSpan.Zero : _wait - time.GetElapsedTime(_begun, now);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Returns whether a probe is under way.</summary>
    public bool IsUnderWay(long now, TimeProvider time) => Current is not null && time.GetElapsedTime(_begun, now) < GivenUp;

    /// <summary>Starts a probe of a tier.</summary>
    public void Start(Tier tier, long now)
    {
        _wait = Count == 0 ? First : TimeSpan.FromTicks(Math.Min(_wait.Ticks * 2, Longest.Ticks));
        _begun = now;
        Current = tier;
        Count++;
    }

    /// <summary>Ends the probe, because the function was woken by the probe itself or by a client that came first.</summary>
    public void Woken() => Current = null;
}
