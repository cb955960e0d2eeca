using System.Collections.Concurrent;
using System.Net;
using Gateway.Activation;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>Has requests wait for their function. Their number and time are bounded, and they are answered 503 if the function does not start.</summary>
internal sealed class HeldRequests(GatewayMetrics metrics, IOptionsMonitor<RequestTimeoutOptions> timeouts, TimeProvider time, ILogger<HeldRequests> logger)
{
    private readonly ConcurrentDictionary<string, Count> _counts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Waits until the function runs. Returns false if the request was answered here or its client has left.</summary>
    /// <param name="context">The request.</param>
    /// <param name="function">The function.</param>
    /// <param name="arrived">When the request arrived, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="hasSuccessor">Returns whether another function takes the request, if this one was removed while it waited. Then true is returned.</param>
    public async Task<bool> WaitAsync(HttpContext context, Function function, long arrived, Func<bool> hasSuccessor)
    {
        var count = _counts.GetOrAdd(function.Name, static _ => new Count());
        var options = function.Options.Hold;
        if (Interlocked.Increment(ref count.Value) > options.MaxRequests)
        {
            Interlocked.Decrement(ref count.Value);
            await Problem.HoldFullAsync(context, function);
            return false;
        }

        // A reload may change the case of a function's name.
        var name = function.Name;
        metrics.Held(name, +1);
        try
        {
            return await WaitForAsync(context, function, arrived, options.Timeout, hasSuccessor);
        }
        finally
        {
            Interlocked.Decrement(ref count.Value);
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

    private sealed class Count
    {
        public int Value;
    }
}
