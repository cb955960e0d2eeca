namespace Gateway.Activation.Core;

/// <summary>
/// Determines how long a function that failed is left alone. The wait doubles from half a second to a minute, and is zero again after a start
/// that held.
/// </summary>
internal readonly record struct BackOff
{
    /// <summary>The wait after the first failure.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>The time after becoming ready within which an instance that ends by itself counts as a failed start.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromSeconds(5);

    private int Failures { get; init; }
    private long FailedAt { get; init; }
    private bool OneMoreSpent { get; init; }

    /// <summary>Gets the wait after the last failure, counted from that failure.</summary>
    public TimeSpan Wait { get; private init; }

    /// <summary>Gets whether the last start failed.</summary>
    public bool Failed => Failures > 0;

    /// <summary>
    /// Gets whether one request may start the function before the back-off is over, because its program had answered before it ended.
    /// This is allowed once until a start holds.
    /// </summary>
    public bool HasOneMore { get; private init; }

    /// <summary>Returns the time until the function may be tried again, or zero if it may be tried now.</summary>
    public TimeSpan Remaining(Moment now)
    {
        var left = Failures == 0 ? TimeSpan.Zero : Wait - now.Since(FailedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Returns the back-off after a start that failed.</summary>
    public BackOff AfterFailure(Moment now) => this with
    {
        HasOneMore = false,
        Wait = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(Failures, 16))),
        Failures = Failures + 1,
        FailedAt = now.Timestamp,
    };

    /// <summary>Returns the back-off after a program that answered and ended too soon: that of a failure, except that one request may start it again at once.</summary>
    public BackOff AfterEarlyEnd(Moment now) => AfterFailure(now) with { HasOneMore = !OneMoreSpent };

    /// <summary>Forgives a start during which somebody else ended the program. Only the first one in a row is forgiven; the next one counts as a failure.</summary>
    /// <param name="after">The back-off from now on.</param>
    /// <returns>Returns true if the function may be started again at once.</returns>
    public bool TryForgive(out BackOff after)
    {
        after = this with { OneMoreSpent = true };
        return !OneMoreSpent;
    }

    /// <summary>Returns the back-off after a start has begun, which uses up <see cref="HasOneMore"/>.</summary>
    public BackOff AfterBegin() => this with { OneMoreSpent = OneMoreSpent || HasOneMore, HasOneMore = false };

    /// <summary>Returns the back-off after a start that held, or after a change by which the user may have fixed the cause of the failure.</summary>
    public BackOff AfterSuccess() => this with { Failures = 0, HasOneMore = false, OneMoreSpent = false };
}
