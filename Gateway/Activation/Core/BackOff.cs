namespace Gateway.Activation.Core;

/// <summary>
/// How long a function that failed is left alone: doubling from half a second to a minute, back to nothing after a start
/// that held.
/// </summary>
internal readonly record struct BackOff
{
    /// <summary>The wait after the first failure.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>An instance that ends by itself sooner than this after it became ready counts as a failed start.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromSeconds(5);

    private int Failures { get; init; }
    private long FailedAt { get; init; }
    private bool OneMoreSpent { get; init; }

    /// <summary>The wait after the last failure, counted from that.</summary>
    public TimeSpan Wait { get; private init; }

    /// <summary>Whether the last start failed.</summary>
    public bool Failed => Failures > 0;

    /// <summary>The program had answered before it ended, so that one request need not wait for the back-off. It is true once, until a start has held.</summary>
    public bool HasOneMore { get; private init; }

    /// <summary>The time until the function may be tried again; zero when it may be tried now.</summary>
    public TimeSpan Remaining(Moment now)
    {
        var left = Failures == 0 ? TimeSpan.Zero : Wait - now.Since(FailedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>What it is after a start that failed.</summary>
    public BackOff AfterFailure(Moment now) => this with
    {
        HasOneMore = false,
        Wait = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(Failures, 16))),
        Failures = Failures + 1,
        FailedAt = now.Timestamp,
    };

    /// <summary>What it is after a program that answered and ended too soon: as after a failure, but one request may have another start at once.</summary>
    public BackOff AfterEarlyEnd(Moment now) => AfterFailure(now) with { HasOneMore = !OneMoreSpent };

    /// <summary>Somebody ended a program while it started. The first time in a row that is no failure of the program.</summary>
    /// <param name="after">What it is from now on.</param>
    /// <returns>Returns whether the function may be started again at once.</returns>
    public bool TryForgive(out BackOff after)
    {
        after = this with { OneMoreSpent = true };
        return !OneMoreSpent;
    }

    /// <summary>What it is when a start begins, which uses up <see cref="HasOneMore"/>.</summary>
    public BackOff AfterBegin() => this with { OneMoreSpent = OneMoreSpent || HasOneMore, HasOneMore = false };

    /// <summary>What it is after a start that held, and when a user may have mended what was broken.</summary>
    public BackOff AfterSuccess() => this with { Failures = 0, HasOneMore = false, OneMoreSpent = false };
}
