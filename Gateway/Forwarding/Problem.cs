using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Activation;
using Gateway.Runtimes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Forwarding;

/// <summary>
/// What a client is told when its function does not come: 503, Retry-After, and problem details (RFC 9457). Nothing of
/// the function's own words: those are in the log.
/// </summary>
internal static class Problem
{
    public static Task HoldTimeoutAsync(HttpContext context, Function function) =>
        WriteAsync(context, "The function did not start in time.", "hold-timeout", function.TypicalStart);

    public static Task HoldFullAsync(HttpContext context, Function function) =>
        WriteAsync(context, "Too many requests wait for the function.", "hold-full", function.TypicalStart);

    public static Task StartFailedAsync(HttpContext context, Function function, Arrival failed)
    {
        var (detail, reason) = failed.Cause == StartFailureCause.PortTaken
            ? ("The function could not be started: another program listens on its port.", "port-taken")
            : ("The function could not be started.", "start-failed");
        return WriteAsync(context, detail, reason, failed.RetryAfter > function.TypicalStart ? failed.RetryAfter : function.TypicalStart);
    }

    private static Task WriteAsync(HttpContext context, string detail, string reason, TimeSpan retryAfter)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        // RFC 9110, section 10.2.3: whole seconds.
        response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/problem+json";
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemDetails("about:blank", "Service Unavailable", StatusCodes.Status503ServiceUnavailable, detail, reason),
            ProblemJson.Default.ProblemDetails);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}

internal sealed record ProblemDetails(string Type, string Title, int Status, string Detail, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ProblemJson : JsonSerializerContext;
