using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>
/// The time limit of a request: its route's <c>Timeout</c> or <c>TimeoutPolicy</c>. It cancels <see cref="HttpContext.RequestAborted"/>, as a client
/// that leaves does.
/// </summary>
internal static class RequestTimeLimit
{
    /// <summary>Returns whether the request was aborted by its time limit. The client may still be connected.</summary>
    public static bool IsOver(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested && context.Features.Get<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true };

    /// <summary>Returns the status with which the request is answered.</summary>
    public static int Status(HttpContext context, IOptionsMonitor<RequestTimeoutOptions> options)
    {
        var name = context.GetEndpoint()?.Metadata.GetMetadata<RequestTimeoutAttribute>()?.PolicyName;
        return (name is not null && options.CurrentValue.Policies.TryGetValue(name, out var policy) ? policy.TimeoutStatusCode : null)
            ?? StatusCodes.Status504GatewayTimeout;
    }
}
