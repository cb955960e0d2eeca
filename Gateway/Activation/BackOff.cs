namespace Gateway.Activation;

/// <summary>
/// How long a function that failed is left alone: doubling from half a second to a minute, back to nothing after a start
/// that held. Used under its function's lock.
/// </summary>
public sealed class BackOff(TimeProvider time)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>An instance that ends by itself sooner than this after it became ready counts as a failed start.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromSeconds(5);

    private int _failures;
    private long _failedAt;
    private TimeSpan _wait;

    /// <summary>Time until it may be tried again; zero when it may.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _failures == 0 ? TimeSpan.Zero : _wait - time.GetElapsedTime(_failedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool Failed => _failures > 0;

    public TimeSpan Fail()
    {
        _wait = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(_failures, 16)));
        _failures++;
        _failedAt = time.GetTimestamp();
        return _wait;
    }

    public void Succeed() => _failures = 0;
}
