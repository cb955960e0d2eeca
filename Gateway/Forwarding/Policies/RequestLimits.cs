using System.Threading.RateLimiting;
using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.RateLimiting;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// The options of the framework's rate limiter. The limits are looked up for each request and are part of the partition's key, so that a limit
/// that a reload changes starts again and all others go on.
/// </summary>
internal sealed class RequestLimits : IDisposable
{
    // All requests without a limit are in one partition, which costs nothing.
    private static readonly LimitedPart Unlimited = new(null, "");

    private readonly PolicySource _policies;
    private readonly LimitPartitions _partitions = new();
    private readonly PartitionedRateLimiter<HttpContext> _global;

    public RequestLimits(PolicySource policies)
    {
        _policies = policies;
        _global = PartitionedRateLimiter.Create<HttpContext, LimitedPart>(context => Part(context, policies.Current.RateLimiter?.Value.Global));
        Options = new RateLimiterOptions { GlobalLimiter = _global, OnRejected = RejectAsync };
    }

    public RateLimiterOptions Options { get; }

    /// <summary>The policy of a name, which takes the limit that the configuration has for the name at the time of each request.</summary>
    public IRateLimiterPolicy<LimitedPart> For(string name) => new NamedLimit(this, name);

    public void Dispose() => _global.Dispose();

    private RateLimitPartition<LimitedPart> Part(HttpContext context, RateLimit? limit) => limit is null
        ? RateLimitPartition.GetNoLimiter(Unlimited)
        : _partitions.Of(context, limit);

    private ValueTask RejectAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.Zero;
        var status = _policies.Current.RateLimiter?.Value.RejectionStatusCode ?? StatusCodes.Status429TooManyRequests;
        return new(Problem.RateLimitedAsync(rejected.HttpContext, status, wait));
    }

    private sealed class NamedLimit(RequestLimits limits, string name) : IRateLimiterPolicy<LimitedPart>
    {
        public Func<OnRejectedContext, CancellationToken, ValueTask> OnRejected => limits.RejectAsync;

        public RateLimitPartition<LimitedPart> GetPartition(HttpContext httpContext) =>
            limits.Part(httpContext, limits._policies.Find(name, static options => options.RateLimiter?.Value.Named));
    }
}

/// <summary>The key of requests that are counted together.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Value">The client, host or header that they have in common.</param>
internal readonly record struct LimitedPart(RateLimit? Limit, string Value);
