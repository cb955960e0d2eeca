using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Activation;
using Gateway.Runtimes;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Forwarding;

/// <summary>
/// Answers a client in a function's place with problem details (RFC 9457), and with Retry-After if another try may help. The function's own
/// error texts are not part of it; they are in the log.
/// </summary>
internal static class Problem
{
    public static Task HoldTimeoutAsync(HttpContext context, Function function) =>
        UnavailableAsync(context, "The function did not start in time.", "hold-timeout", function.TypicalStart);

    /// <summary>Answers that a request may not wait: 429 (RFC 6585, section 4) if the client itself has too many that do, else 503.</summary>
    public static Task HoldRefusedAsync(HttpContext context, Function function, HoldRefusal refusal) => refusal switch
    {
        HoldRefusal.ClientShare => UnavailableAsync(context, "Too many of the client's requests wait already.", "hold-client-share", function.TypicalStart, StatusCodes.Status429TooManyRequests),
        HoldRefusal.GatewayFull => UnavailableAsync(context, "Too many requests wait for functions.", "hold-gateway-full", function.TypicalStart),
        _ => UnavailableAsync(context, "Too many requests wait for the function.", "hold-full", function.TypicalStart),
    };

    /// <summary>Answers that there is no descriptor for a connection to the function.</summary>
    public static Task NoDescriptorAsync(HttpContext context) =>
        UnavailableAsync(context, "The gateway has too many connections.", "no-descriptor", TimeSpan.Zero);

    public static Task StartFailedAsync(HttpContext context, Function function, WaitResult failed)
    {
        var (detail, reason) = failed.Cause == StartFailureCause.PortTaken
            ? ("The function could not be started: another program listens on its port.", "port-taken")
            : ("The function could not be started.", "start-failed");
        return UnavailableAsync(context, detail, reason, failed.RetryAfter > function.TypicalStart ? failed.RetryAfter : function.TypicalStart);
    }

    public static Task UnhealthyAsync(HttpContext context) =>
        UnavailableAsync(context, "No instance is healthy, or the one that this session belongs to is not.", "unhealthy", TimeSpan.Zero);

    /// <param name="context">The request, whose answer has not begun.</param>
    /// <param name="status">The status: 504, unless the user's timeout policy says otherwise.</param>
    public static Task RequestTimeoutAsync(HttpContext context, int status) =>
        WriteAsync(context, status, "The request was not answered within its time limit.", "request-timeout");

    public static Task ActivityTimeoutAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status504GatewayTimeout, "The function said nothing for too long.", "activity-timeout");

    public static Task BadGatewayAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status502BadGateway, "The function ended the connection without a whole answer.", "no-answer");

    /// <summary>Answers that a limit of the configuration's <c>RateLimiter</c> is reached.</summary>
    public static Task RateLimitedAsync(HttpContext context, int status, TimeSpan retryAfter) =>
        UnavailableAsync(context, "Too many requests.", "rate-limit", retryAfter, status);

    public static Task DeniedAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status403Forbidden, "This address may not use it.", "denied");

    /// <summary>Answers that the gateway itself failed.</summary>
    public static Task InternalErrorAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status500InternalServerError, "The request could not be answered.", "internal-error");

    /// <summary>Answers that the gateway opens no tunnels (RFC 9110, section 15.6.2).</summary>
    public static Task NotImplementedAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status501NotImplemented, "The gateway opens no tunnels.", "no-tunnels");

    /// <summary>Answers that a request is malformed.</summary>
    public static Task BadRequestAsync(HttpContext context, int status) =>
        status switch
        {
            StatusCodes.Status413PayloadTooLarge => WriteAsync(context, status, "The request's body is too large.", "body-too-large"),
            StatusCodes.Status408RequestTimeout => WriteAsync(context, status, "The request's body came too slowly.", "body-too-slow"),
            _ => WriteAsync(context, status, "The request is malformed.", "bad-request"),
        };

    private static Task UnavailableAsync(HttpContext context, string detail, string reason, TimeSpan retryAfter, int status = StatusCodes.Status503ServiceUnavailable)
    {
        // RFC 9110, section 10.2.3, allows whole seconds only.
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, status, detail, reason);
    }

    private static Task WriteAsync(HttpContext context, int status, string detail, string reason)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/problem+json";
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemDetails("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, reason),
            ProblemJson.Default.ProblemDetails);
        response.ContentLength = body.Length;
        // RequestAborted is not used, because it is cancelled for a request that timed out too, which is to be answered.
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, CancellationToken.None).AsTask();
    }
}

internal sealed record ProblemDetails(string Type, string Title, int Status, string Detail, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ProblemJson : JsonSerializerContext;
