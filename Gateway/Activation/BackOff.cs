namespace Gateway.Activation;

/// <summary>
/// How long a function that failed is left alone: doubling from half a second to a minute, back to nothing after a start
/// that held. Used under its function's lock.
/// </summary>
internal sealed class BackOff(TimeProvider time)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>An instance that ends by itself sooner than this after it became ready counts as a failed start.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromSeconds(5);

    private int _failures;
    private long _failedAt;
    private TimeSpan _wait;
    private bool _oneMoreSpent;

    /// <summary>The time until the function may be tried again; zero when it may be tried now.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _failures == 0 ? TimeSpan.Zero : _wait - time.GetElapsedTime(_failedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool Failed => _failures > 0;

    /// <summary>The program had answered before it ended, so that one request need not wait for the back-off. It is true once, until a start has held.</summary>
    public bool HasOneMore { get; private set; }

    /// <summary>Notes that a start failed.</summary>
    /// <returns>How long to wait before the next start.</returns>
    public TimeSpan Fail()
    {
        HasOneMore = false;
        _wait = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(_failures, 16)));
        _failures++;
        _failedAt = time.GetTimestamp();
        return _wait;
    }

    /// <summary>Notes that a program answered and ended too soon. As <see cref="Fail"/>, but one request may have another start at once.</summary>
    public TimeSpan FailYoung()
    {
        var wait = Fail();
        HasOneMore = !_oneMoreSpent;
        return wait;
    }

    /// <summary>Notes that somebody ended a program while it started. The first time in a row that is no failure of the program.</summary>
    /// <returns>Whether the function may be started again at once.</returns>
    public bool TryForgive()
    {
        var forgiven = !_oneMoreSpent;
        _oneMoreSpent = true;
        return forgiven;
    }

    /// <summary>Notes that a start begins, which uses up <see cref="HasOneMore"/>.</summary>
    public void TakeOneMore()
    {
        _oneMoreSpent |= HasOneMore;
        HasOneMore = false;
    }

    public void Succeed()
    {
        _failures = 0;
        HasOneMore = _oneMoreSpent = false;
    }
}
