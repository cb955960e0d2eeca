using Gateway.Activation;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>What is to become of a request that the forwarder has had.</summary>
internal enum Verdict
{
    /// <summary>It has its answer, or its client has left.</summary>
    Done,

    /// <summary>Its connection was no good: it is sent again on a fresh one.</summary>
    Again,

    /// <summary>Nobody was there and nothing was sent: it goes back into the hold.</summary>
    Hold,
}

/// <summary>
/// Judges what the forwarder made of a request. What it could not get answered is sent again where that is safe (RFC 9110, section
/// 9.2.2), else told to the client and the log, once.
/// </summary>
internal sealed class ForwardingResult(IOptionsMonitor<RequestTimeoutOptions> timeouts, RepeatedErrors errors, ILogger<ForwardingResult> logger)
{
    /// <summary>False: it is certainly the program's answer, and a whole one. All that the warm path asks.</summary>
    internal static bool MayBeOurs(HttpContext context) =>
        context.Response.StatusCode >= StatusCodes.Status400BadRequest || context.RequestAborted.IsCancellationRequested;

    /// <summary>For a cluster of the user's own, whose requests are sent once.</summary>
    internal Task TellAsync(HttpContext context, string cluster) =>
        context.Features.Get<IForwarderErrorFeature>() is { } failure ? TellAsync(context, cluster, failure) : Task.CompletedTask;

    /// <param name="context">The forwarder is done with it.</param>
    /// <param name="function">Whose request it is.</param>
    /// <param name="instance">Where it was sent; null: nowhere.</param>
    /// <param name="wasSentAgain">It has had its second connection.</param>
    internal async ValueTask<Verdict> JudgeAsync(HttpContext context, Function function, FunctionInstance? instance, bool wasSentAgain)
    {
        if (context.Features.Get<IForwarderErrorFeature>() is not { } failure)
        {
            return Verdict.Done;
        }

        var unsent = UnsentIn(failure.Exception);
        if (unsent is { IsRefused: true } && instance is not null)
        {
            function.Doubt(instance, unsent.Message);
        }

        var verdict = context.Response.HasStarted || context.RequestAborted.IsCancellationRequested || !Repeatable.IsWhole(context) ? Verdict.Done
            : unsent is { IsRefused: true } ? Verdict.Hold
            : wasSentAgain ? Verdict.Done
            : unsent is not null || (IsBrokenConnection(failure) && Repeatable.IsIdempotent(context.Request.Method)) ? Verdict.Again
            : Verdict.Done;
        if (verdict == Verdict.Done)
        {
            await TellAsync(context, function.Name, failure);
        }
        else
        {
            ForwardingLog.SentAgain(logger, function.Name, failure.Exception!.GetBaseException().Message);
        }

        return verdict;
    }

    private async Task TellAsync(HttpContext context, string cluster, IForwarderErrorFeature failure)
    {
        if (RequestTimeLimit.IsOver(context))
        {
            errors.Tell(nameof(ForwardingLog.TimedOut), cluster, "not answered within the route's time limit", () => ForwardingLog.TimedOut(logger, cluster));
            if (!context.Response.HasStarted)
            {
                context.Response.Clear();
                await Problem.RequestTimeoutAsync(context, RequestTimeLimit.Status(context, timeouts));
            }

            return;
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
            return;
        }

        var reason = failure.Exception is { } error ? ErrorText.Of(error.GetBaseException()) : "no instance is healthy";
        errors.Tell(nameof(ForwardingLog.Failed), cluster, $"{failure.Error}: {reason}", () => ForwardingLog.Failed(logger, cluster, failure.Error, reason));
        if (!context.Response.HasStarted)
        {
            await (context.Response.StatusCode switch
            {
                StatusCodes.Status502BadGateway => Problem.BadGatewayAsync(context),
                StatusCodes.Status503ServiceUnavailable => Problem.UnhealthyAsync(context),
                StatusCodes.Status504GatewayTimeout => Problem.ActivityTimeoutAsync(context),
                // What is wrong with the client's own body.
                _ => Task.CompletedTask,
            });
        }
    }

    // Before anything of an answer came; an answer that is not HTTP would be none the second time.
    private static bool IsBrokenConnection(IForwarderErrorFeature failure) =>
        failure.Error is ForwarderError.Request
        && failure.Exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown or HttpRequestError.ResponseEnded or HttpRequestError.ConnectionError };

    private static UnsentException? UnsentIn(Exception? error) => error switch
    {
        null => null,
        UnsentException unsent => unsent,
        AggregateException several => several.InnerExceptions.Select(UnsentIn).FirstOrDefault(unsent => unsent is not null),
        _ => UnsentIn(error.InnerException),
    };
}
