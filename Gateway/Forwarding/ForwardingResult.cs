using Gateway.Activation;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>What is to be done with a request after the forwarder has handled it.</summary>
internal enum Verdict
{
    /// <summary>Nothing: the client has its answer or has left.</summary>
    Done,

    /// <summary>Its connection was broken, so it is sent again on a fresh one.</summary>
    SendAgain,

    /// <summary>The instance was gone and nothing was sent, so it goes back into the hold.</summary>
    Hold,
}

/// <summary>
/// Decides what to do after the forwarder has handled a request. A request that failed is sent again if that is safe (RFC 9110, section
/// 9.2.2); otherwise the failure is reported to the client and the log.
/// </summary>
internal sealed class ForwardingResult(
    IOptionsMonitor<RequestTimeoutOptions> timeouts, GatewayMetrics metrics, RepeatedErrors errors, TimeProvider time, ILogger<ForwardingResult> logger)
{
    /// <summary>Returns false if the client certainly got the program's whole answer. This is the only question that the warm path asks.</summary>
    internal static bool MayHaveFailed(HttpContext context) =>
        context.Response.StatusCode >= StatusCodes.Status400BadRequest || context.RequestAborted.IsCancellationRequested || context.Features.Get<IForwarderErrorFeature>() is not null;

    /// <summary>Reports the failure of a request for one of the user's own clusters, whose requests are sent once.</summary>
    internal Task ReportAsync(HttpContext context, string cluster) =>
        context.Features.Get<IForwarderErrorFeature>() is { } failure ? ReportAsync(context, cluster, failure, isFunctions: false) : Task.CompletedTask;

    /// <summary>Decides what to do with a request for a function. A failure that is not made good is reported.</summary>
    /// <param name="context">The request, after the forwarder has handled it.</param>
    /// <param name="function">The function that the request is for.</param>
    /// <param name="instance">The instance to which it was sent; null if it was sent to none.</param>
    /// <param name="wasSentAgain">Whether it was sent for the second time.</param>
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
            : unsent is not null || (IsBrokenConnection(failure) && Repeatable.IsIdempotent(context.Request.Method)) ? Verdict.SendAgain
            : Verdict.Done;
        if (verdict == Verdict.Done)
        {
            await ReportAsync(context, function.Name, failure, isFunctions: true);
        }
        else
        {
            ForwardingLog.SentAgain(logger, function.Name, context.TraceIdentifier, failure.Exception!.GetBaseException().Message);
        }

        return verdict;
    }

    private async Task ReportAsync(HttpContext context, string cluster, IForwarderErrorFeature failure, bool isFunctions)
    {
        await AbandonedBody.ReleaseAsync(context, time);
        if (RequestTimeLimit.IsOver(context))
        {
            metrics.Requests.Of(cluster)?.Failed("RequestTimeLimit");
            errors.Report(nameof(ForwardingLog.TimedOut), cluster, "not answered within the route's time limit", () => ForwardingLog.TimedOut(logger, cluster, context.TraceIdentifier));
            if (!context.Response.HasStarted)
            {
                context.Response.Clear();
                await Problem.RequestTimeoutAsync(context, RequestTimeLimit.Status(context, timeouts));
            }

            return;
        }

        // YARP ends the client's connection too if the function breaks off in the middle of its answer.
        var isOfTheAnswer = failure.Error is ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeResponseDestination or ForwarderError.UpgradeRequestDestination;
        if (context.RequestAborted.IsCancellationRequested && !isOfTheAnswer)
        {
            // The client has left.
            return;
        }

        if (failure.Error is ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient)
        {
            // It is the client whose bytes or connection were broken.
            ForwardingLog.ClientFailed(logger, cluster, context.TraceIdentifier, failure.Error, failure.Exception is { } broken ? ErrorText.Of(broken.GetBaseException()) : "");
            if (!context.Response.HasStarted)
            {
                // YARP has taken over what the server said of the body: 413 if it is too large, 408 if it came too slowly.
                await Problem.BadRequestAsync(context, context.Response.StatusCode is >= 400 and < 500 and var status ? status : StatusCodes.Status400BadRequest);
            }

            return;
        }

        var isWithoutDescriptor = failure.Exception?.GetBaseException() is NoDescriptorException;
        metrics.Requests.Of(cluster)?.Failed(isWithoutDescriptor ? "NoDescriptor" : failure.Error.ToString());
        var reason = failure.Exception is { } error ? ErrorText.Of(error.GetBaseException()) : isFunctions ? "no instance is healthy" : "no destination is healthy";
        errors.Report(nameof(ForwardingLog.Failed), cluster, $"{failure.Error}: {reason}", () => ForwardingLog.Failed(logger, cluster, context.TraceIdentifier, failure.Error, reason));
        if (!context.Response.HasStarted)
        {
            await (context.Response.StatusCode switch
            {
                _ when isWithoutDescriptor => Problem.NoDescriptorAsync(context),
                (StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout) and var status when !isFunctions => Problem.DestinationFailedAsync(context, status),
                StatusCodes.Status502BadGateway => Problem.BadGatewayAsync(context),
                StatusCodes.Status503ServiceUnavailable => Problem.UnhealthyAsync(context),
                StatusCodes.Status504GatewayTimeout => Problem.ActivityTimeoutAsync(context),
                // Other statuses are about the client's own request body, and stay.
                _ => Task.CompletedTask,
            });
        }
    }

    // The connection broke before an answer began. An answer that is not HTTP would not be one the second time either.
    private static bool IsBrokenConnection(IForwarderErrorFeature failure) =>
        failure.Error is ForwarderError.Request && failure.Exception?.GetBaseException() is not NoDescriptorException
        && failure.Exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown or HttpRequestError.ResponseEnded or HttpRequestError.ConnectionError };

    private static UnsentException? UnsentIn(Exception? error) => error switch
    {
        null => null,
        UnsentException unsent => unsent,
        AggregateException several => several.InnerExceptions.Select(UnsentIn).FirstOrDefault(unsent => unsent is not null),
        _ => UnsentIn(error.InnerException),
    };
}
