using System.Globalization;
using Gateway.Activation;
using Gateway.Forwarding.Waiting;
using Gateway.Runtimes;

namespace Gateway.Forwarding;

/// <summary>
/// Answers a client in a function's place, and with Retry-After if another try may help. The function's own error texts are not part of it; they are in the log.
/// </summary>
internal static class Problem
{
    public static Task HoldTimeoutAsync(HttpContext context, Function function) => UnavailableAsync(context, HoldTimeout(function));

    /// <summary>Returns what is said of a function for which nobody waits any longer.</summary>
    public static Unavailability HoldTimeout(Function function) =>
        function.Running.Count > 0 && function.Options.Scale.ConcurrencyLimit is not null
            ? new("The function had no free place for the request in time.", "no-place", TimeSpan.Zero)
            : new("The function did not start in time.", "hold-timeout", function.TypicalStart);

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

    /// <summary>Returns what is said of a function whose start failed.</summary>
    public static Unavailability StartFailed(Function function, WaitResult failed)
    {
        var (detail, reason) = failed.Cause switch
        {
            StartFailureCause.PortTaken => ("The function could not be started: another program listens on its port.", "port-taken"),
            StartFailureCause.Shut => ("The function does not run at this time.", "scheduled-down"),
            _ => ("The function could not be started.", "start-failed"),
        };
        return new(detail, reason, failed.RetryAfter > function.TypicalStart ? failed.RetryAfter : function.TypicalStart);
    }

    /// <summary>Answers 503.</summary>
    /// <param name="context">The request, whose answer has not begun.</param>
    /// <param name="what">What is said.</param>
    /// <param name="start">How far the function's start is, or null if that is not told.</param>
    public static Task UnavailableAsync(HttpContext context, Unavailability what, StartView? start = null)
    {
        context.Response.Headers.RetryAfter = what.Seconds.ToString(CultureInfo.InvariantCulture);
        return ProblemAnswer.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, what.Detail, what.Reason, start);
    }

    public static Task UnhealthyAsync(HttpContext context) =>
        UnavailableAsync(context, "No instance is healthy, or the one that this session belongs to is not.", "unhealthy", TimeSpan.Zero);

    /// <param name="context">The request, whose answer has not begun.</param>
    /// <param name="status">The status: 504, unless the user's timeout policy says otherwise.</param>
    public static Task RequestTimeoutAsync(HttpContext context, int status) =>
        WriteAsync(context, status, "The request was not answered within its time limit.", "request-timeout");

    public static Task ActivityTimeoutAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status504GatewayTimeout, "The function said nothing for too long.", "activity-timeout");

    /// <summary>Answers that nobody can answer for the destinations of one of the user's own clusters.</summary>
    /// <param name="context">The request, whose answer has not begun.</param>
    /// <param name="status">The status that the forwarder has set: 502, 503 or 504.</param>
    public static Task DestinationFailedAsync(HttpContext context, int status) => status switch
    {
        StatusCodes.Status503ServiceUnavailable => UnavailableAsync(context, "No destination is healthy, or the one that this session belongs to is not.", "unhealthy", TimeSpan.Zero),
        StatusCodes.Status504GatewayTimeout => WriteAsync(context, status, "The destination said nothing for too long.", "activity-timeout"),
        _ => WriteAsync(context, StatusCodes.Status502BadGateway, "The destination could not be reached, or ended the connection without a whole answer.", "no-answer"),
    };

    public static Task BadGatewayAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status502BadGateway, "The function ended the connection without a whole answer.", "no-answer");

    /// <summary>Answers that a limit of the configuration's <c>RateLimiter</c> is reached.</summary>
    public static Task RateLimitedAsync(HttpContext context, int status, TimeSpan retryAfter) =>
        UnavailableAsync(context, "Too many requests.", "rate-limit", retryAfter, status);

    /// <summary>Answers that an address for the answer is none.</summary>
    public static Task BadCallbackAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, "Headstart-Callback is not an address to which an answer can be posted.", "bad-callback");

    /// <summary>Answers that the function's answers are not posted to an address.</summary>
    public static Task CallbackDeniedAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status403Forbidden, "Answers are not posted to the address in Headstart-Callback.", "callback-denied");

    /// <summary>Answers that a request could not be kept.</summary>
    public static Task NotKeptAsync(HttpContext context, Function function) =>
        UnavailableAsync(context, "The request could not be kept.", "not-kept", function.TypicalStart);

    /// <summary>Answers that it is not known yet whether there is a kept request of an id.</summary>
    public static Task NotFoundYetAsync(HttpContext context) =>
        UnavailableAsync(context, "The gateway has just started and does not know all kept requests yet.", "not-found-yet", TimeSpan.Zero);

    /// <summary>Answers that there is no kept request of an id.</summary>
    public static Task UnknownRequestAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status404NotFound, "There is no such request, or its answer is not kept any more.", "unknown-request");

    public static Task DeniedAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status403Forbidden, "This address may not use it.", "denied");

    /// <summary>Answers that there is no route for the request.</summary>
    public static Task NotFoundAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status404NotFound, "Nothing is here for this host, path and method.", "no-route");

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
        context.Response.Headers.RetryAfter = Unavailability.SecondsOf(retryAfter).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, status, detail, reason);
    }

    private static Task WriteAsync(HttpContext context, int status, string detail, string reason) =>
        ProblemAnswer.WriteAsync(context, status, detail, reason);
}
