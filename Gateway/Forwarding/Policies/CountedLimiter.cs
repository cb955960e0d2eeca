using System.Threading.RateLimiting;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// A limiter that reports when it is disposed of. The partitioned limiter that made it replenishes it, if it is of that kind,
/// and disposes of it after it has been idle.
/// </summary>
internal sealed class CountedLimiter(RateLimiter inner, Action gone) : ReplenishingRateLimiter
{
    private readonly ReplenishingRateLimiter? _replenished = inner as ReplenishingRateLimiter;
    private int _disposed;

    public override TimeSpan? IdleDuration => inner.IdleDuration;

    public override bool IsAutoReplenishing => _replenished?.IsAutoReplenishing ?? true;

    public override TimeSpan ReplenishmentPeriod => _replenished?.ReplenishmentPeriod ?? TimeSpan.Zero;

    public override bool TryReplenish() => _replenished?.TryReplenish() ?? false;

    public override RateLimiterStatistics? GetStatistics() => inner.GetStatistics();

    protected override RateLimitLease AttemptAcquireCore(int permitCount) => inner.AttemptAcquire(permitCount);

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        inner.AcquireAsync(permitCount, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            inner.Dispose();
            gone();
        }

        base.Dispose(disposing);
    }

    protected override ValueTask DisposeAsyncCore()
    {
        Dispose(disposing: true);
        return base.DisposeAsyncCore();
    }
}
