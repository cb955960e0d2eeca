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
    private bool _oneMoreSpent;

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

    /// <summary>Its program had been there and ended: a request need not wait for the next try. Once, until a start has held.</summary>
    public bool HasOneMore { get; private set; }

    /// <summary>A start failed.</summary>
    /// <returns>How long to wait before the next.</returns>
    public TimeSpan Fail()
    {
        HasOneMore = false;
        _wait = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(_failures, 16)));
        _failures++;
        _failedAt = time.GetTimestamp();
        return _wait;
    }

    /// <summary>A program that was there has ended too soon: as <see cref="Fail"/>, but a request may have one more start at once.</summary>
    public TimeSpan FailYoung()
    {
        var wait = Fail();
        HasOneMore = !_oneMoreSpent;
        return wait;
    }

    /// <summary>Somebody ended a program while it started: that is no failure of its own, the first time in a row.</summary>
    /// <returns>Whether it may be started again at once.</returns>
    public bool TryForgive()
    {
        var forgiven = !_oneMoreSpent;
        _oneMoreSpent = true;
        return forgiven;
    }

    /// <summary>A start begins.</summary>
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
