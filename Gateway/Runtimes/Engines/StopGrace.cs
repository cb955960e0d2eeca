namespace Gateway.Runtimes.Engines;

/// <summary>
/// Determines how long a program has between its stop signal and SIGKILL. It has no time if the signal has no effect on it, its whole time if it has
/// data to write or the user has set the time, and otherwise less as soon as a request waits for the next start.
/// </summary>
internal sealed class StopGrace
{
    /// <summary>The time that is left once a request waits, which is enough to close connections and files.</summary>
    public static readonly TimeSpan Cut = TimeSpan.FromSeconds(1);

    private readonly Task? _somebodyWaits;
    private readonly TimeProvider _time;

    /// <summary>Creates a grace period that nothing shortens.</summary>
    /// <param name="isIgnored">Whether the signal has no effect on the program.</param>
    public StopGrace(TimeSpan longest, bool isIgnored)
        : this(longest, isIgnored, somebodyWaits: null, TimeProvider.System)
    {
    }

    /// <param name="somebodyWaits">A task that completes when a request waits, or null if the period must not be shortened.</param>
    public StopGrace(TimeSpan longest, bool isIgnored, Task? somebodyWaits, TimeProvider time)
    {
        Longest = isIgnored ? TimeSpan.Zero : longest;
        _somebodyWaits = somebodyWaits;
        _time = time;
    }

    /// <summary>Gets the longest time that the program has.</summary>
    public TimeSpan Longest { get; }

    /// <summary>Waits until the time is over, and then returns true. Returns false if it was canceled because the program has ended.</summary>
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
