using System.Net;
using Gateway.Activation;
using Gateway.Activation.Scaling;
using Gateway.Forwarding.Waiting;
using Gateway.Listening;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>
/// Has requests wait for their function, or for a free place in it. Their number and time are bounded, in all and of each client. Those over a bound are answered at once, and the others
/// 503 if the function does not start, or with the waiting page if it starts slowly.
/// </summary>
internal sealed class HeldRequests(
    HeldPlaces places,
    HeldBody body,
    LeftClients leftClients,
    WaitingPages pages,
    GatewayMetrics metrics,
    IOptionsMonitor<RequestTimeoutOptions> timeouts,
    RepeatedErrors errors,
    TimeProvider time,
    ILogger<HeldRequests> logger)
{
    /// <summary>Waits until the function runs. Returns false if the request was answered here or its client has left.</summary>
    /// <param name="context">The request.</param>
    /// <param name="function">The function.</param>
    /// <param name="arrived">When the request arrived, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="hasSuccessor">Returns whether another function takes the request, if this one was removed while it waited. Then true is returned.</param>
    /// <param name="place">Has the lease that the request has got afterwards, if the function limits the requests in its instances.</param>
    public async Task<bool> WaitAsync(HttpContext context, Function function, long arrived, Func<bool> hasSuccessor, Place place)
    {
        using var held = await EnterAsync(context, function, arrived);
        return held is not null && await WaitForAsync(context, function, arrived, hasSuccessor, place);
    }

    /// <summary>Takes a place for a request that is to wait. Returns null if there is none, and the request has been answered.</summary>
    public async Task<HeldPlace?> EnterAsync(HttpContext context, Function function, long arrived)
    {
        // A reload may change the case of a function's name.
        var (name, client, bytes) = (function.Name, ClientGroup.Of(context.Connection.RemoteIpAddress), body.ReadAhead(context));
        if (places.TryTake(name, function.Options.Hold, client, bytes) is { } refusal)
        {
            metrics.HoldRefused(name, $"{refusal}");
            await Problem.HoldRefusedAsync(context, function, refusal);
            return null;
        }

        var place = new HeldPlace(places, metrics, time, (name, client, bytes), arrived);
        try
        {
            place.Take(leftClients.Add(context));
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Returns the signal that a request is which waits.</summary>
    public static Signal SignalOf(HttpContext context, long arrived)
    {
        var connection = context.Connection;
        var client = connection.RemoteIpAddress is { } address ? new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, connection.RemotePort) : null;
        return new Signal(SignalKind.Request, arrived, client) { Trace = TraceParent.ForColdStart(context.Request) };
    }

    private async Task<bool> WaitForAsync(HttpContext context, Function function, long arrived, Func<bool> hasSuccessor, Place place)
    {
        var hold = function.Options.Hold;
        var page = PageRequest.KindOf(context.Request, hold.Page);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var left = Left(hold.Timeout, arrived);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, left, Timeout.InfiniteTimeSpan);
        try
        {
            var wait = function.WaitAsync(SignalOf(context, arrived), place, limit.Token).AsTask();
            if (page != PageKind.None && await IsSlowAsync(wait, Left(hold.Page!.After, arrived), limit.Token) && function.Running.Count == 0)
            {
                try
                {
                    await pages.AnswerStartingAsync(context, function, page);
                    return false;
                }
                finally
                {
                    await limit.CancelAsync();
                    await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (wait.IsCompletedSuccessfully)
                    {
                        // It got a place at the last moment.
                        place.Lease?.Release(time.GetTimestamp());
                    }
                }
            }

            var arrival = await wait;
            if (arrival.IsRunning || (function.IsRetired && hasSuccessor()))
            {
                return true;
            }

            await pages.AnswerFailedAsync(context, function, page, Problem.StartFailed(function, arrival));
            return false;
        }
        catch (OperationCanceledException)
        {
            if (RequestTimeLimit.IsOver(context))
            {
                errors.Report(nameof(ForwardingLog.TimedOut), function.Name, "not answered within the route's time limit", () => ForwardingLog.TimedOut(logger, function.Name, context.TraceIdentifier));
                await Problem.RequestTimeoutAsync(context, RequestTimeLimit.Status(context, timeouts));
            }
            else if (!context.RequestAborted.IsCancellationRequested)
            {
                await pages.AnswerFailedAsync(context, function, page, Problem.HoldTimeout(function));
            }

            return false;
        }
    }

    private TimeSpan Left(TimeSpan limit, long arrived) => limit - time.GetElapsedTime(arrived) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private async Task<bool> IsSlowAsync(Task wait, TimeSpan after, CancellationToken cancellationToken)
    {
        await wait.WaitAsync(after, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !wait.IsCompleted && !cancellationToken.IsCancellationRequested;
    }
}
