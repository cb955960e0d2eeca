using System.Net;
using Gateway.Activation;
using Gateway.Listening;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>
/// Has requests wait for their function. Their number and time are bounded, in all and of each client. Those over a bound are answered at once, and the others
/// 503 if the function does not start.
/// </summary>
internal sealed class HeldRequests(
    HeldPlaces places, HeldBody body, LeftClients leftClients, GatewayMetrics metrics, IOptionsMonitor<RequestTimeoutOptions> timeouts, TimeProvider time, ILogger<HeldRequests> logger)
{
    /// <summary>Waits until the function runs. Returns false if the request was answered here or its client has left.</summary>
    /// <param name="context">The request.</param>
    /// <param name="function">The function.</param>
    /// <param name="arrived">When the request arrived, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="hasSuccessor">Returns whether another function takes the request, if this one was removed while it waited. Then true is returned.</param>
    public async Task<bool> WaitAsync(HttpContext context, Function function, long arrived, Func<bool> hasSuccessor)
    {
        // A reload may change the case of a function's name.
        var (name, options, client, bytes) = (function.Name, function.Options.Hold, ClientGroup.Of(context.Connection.RemoteIpAddress), body.ReadAhead(context));
        if (places.TryTake(name, options, client, bytes) is { } refusal)
        {
            metrics.HoldRefused(name, $"{refusal}");
            await Problem.HoldRefusedAsync(context, function, refusal);
            return false;
        }

        metrics.Held(name, +1);
        try
        {
            using var watch = leftClients.Add(context);
            return await WaitForAsync(context, function, arrived, options.Timeout, hasSuccessor);
        }
        finally
        {
            places.Give(name, client, bytes);
            metrics.HoldEnded(name, time.GetElapsedTime(arrived));
            metrics.Held(name, -1);
        }
    }

    private async Task<bool> WaitForAsync(HttpContext context, Function function, long arrived, TimeSpan timeout, Func<bool> hasSuccessor)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var left = timeout - time.GetElapsedTime(arrived);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        try
        {
            var connection = context.Connection;
            var client = connection.RemoteIpAddress is { } address ? new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, connection.RemotePort) : null;
            var arrival = await function.WaitAsync(new Signal(SignalKind.Request, arrived, client), limit.Token);
            if (arrival.IsRunning || (function.IsRetired && hasSuccessor()))
            {
                return true;
            }

            await Problem.StartFailedAsync(context, function, arrival);
            return false;
        }
        catch (OperationCanceledException)
        {
            if (RequestTimeLimit.IsOver(context))
            {
                ForwardingLog.TimedOut(logger, function.Name);
                await Problem.RequestTimeoutAsync(context, RequestTimeLimit.Status(context, timeouts));
            }
            else if (!context.RequestAborted.IsCancellationRequested)
            {
                await Problem.HoldTimeoutAsync(context, function);
            }

            return false;
        }
    }
}
