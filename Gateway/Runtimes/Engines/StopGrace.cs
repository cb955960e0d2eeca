namespace Gateway.Runtimes.Engines;

/// <summary>
/// How long a program has between its stop signal and SIGKILL. None, if the signal does not reach it; its whole time, if it has data
/// to write or the user has said so; else less as soon as a request waits for what comes after it.
/// </summary>
internal sealed class StopGrace
{
    /// <summary>What is left of it once somebody waits: enough to close connections and files.</summary>
    public static readonly TimeSpan Cut = TimeSpan.FromSeconds(1);

    private readonly Task? _somebodyWaits;
    private readonly TimeProvider _time;

    /// <summary>Nothing shortens it.</summary>
    /// <param name="isIgnored">Whether the signal has no effect on the program.</param>
    public StopGrace(TimeSpan longest, bool isIgnored)
        : this(longest, isIgnored, somebodyWaits: null, TimeProvider.System)
    {
    }

    /// <param name="somebodyWaits">Completes when a request waits; null: it is not to be shortened.</param>
    public StopGrace(TimeSpan longest, bool isIgnored, Task? somebodyWaits, TimeProvider time)
    {
        Longest = isIgnored ? TimeSpan.Zero : longest;
        _somebodyWaits = somebodyWaits;
        _time = time;
    }

    public TimeSpan Longest { get; }

    /// <summary>Completes with true when its time is over; with false when cancelled, since the program has ended.</summary>
    public async Task<bool> IsOverAsync(CancellationToken cancellationToken)
    {
        using var whole = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(Longest, _time, whole.Token), CutAsync(whole.Token));
        await whole.CancelAsync();
        return !cancellationToken.IsCancellationRequested;
    }

    private async Task CutAsync(CancellationToken cancellationToken)
    {
        await (_somebodyWaits ?? Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Cut, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
