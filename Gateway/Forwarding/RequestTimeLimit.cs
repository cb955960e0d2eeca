using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>
/// The time limit of a request: its route's <c>Timeout</c> or <c>TimeoutPolicy</c>. To all who wait it looks as if the client had left, for
/// it takes the place of <see cref="HttpContext.RequestAborted"/>.
/// </summary>
internal static class RequestTimeLimit
{
    /// <summary>It is over, and the client may still be there.</summary>
    public static bool IsOver(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested && context.Features.Get<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true };

    /// <summary>The status to tell the client.</summary>
    public static int Status(HttpContext context, IOptionsMonitor<RequestTimeoutOptions> options)
    {
        var name = context.GetEndpoint()?.Metadata.GetMetadata<RequestTimeoutAttribute>()?.PolicyName;
        return (name is not null && options.CurrentValue.Policies.TryGetValue(name, out var policy) ? policy.TimeoutStatusCode : null)
            ?? StatusCodes.Status504GatewayTimeout;
    }
}
