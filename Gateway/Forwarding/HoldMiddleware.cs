using Gateway.Activation;
using Gateway.Signals;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// The first middleware inside MapReverseProxy. A request for a running function takes a lease on it and goes on; one for
/// a function at rest waits here, its body unread, until the function answers.
/// </summary>
public sealed class HoldMiddleware(
    RequestDelegate next,
    FunctionRegistry registry,
    HeldRequests held,
    WarmUp warmUp,
    IProxyStateLookup clusters,
    TimeProvider time)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var cluster = proxy.Cluster.Config.ClusterId;
        if (cluster == FunctionClusters.ListenRoute)
        {
            return context.Features.Get<Listener>()?.Function is { } listening ? ForwardAsync(context, listening, reassign: true) : NotFound(context);
        }

        if (cluster == FunctionClusters.WarmUpRoute)
        {
            return warmUp.Function is { } self ? ForwardAsync(context, self, reassign: false) : NotFound(context);
        }

        return registry.TryGet(cluster, out var function) ? ForwardAsync(context, function, reassign: false) : next(context);
    }

    // Somebody sent one of our own routes' host names to a shared address.
    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task ForwardAsync(HttpContext context, Function function, bool reassign)
    {
        var arrived = time.GetTimestamp();
        while (true)
        {
            var lease = Lease(function);
            // Nothing runs, or the one that does has just closed its door: the function's lock knows which.
            if (lease is null && function.Running.Count <= 1)
            {
                if (!await held.WaitAsync(context, function, arrived))
                {
                    return;
                }

                reassign = true;
                continue;
            }

            // One running instance: the lease is on it. Several: YARP chooses, and LeaseMiddleware leases what it chose.
            var chosen = lease is null ? new ChosenLease(function) : null;
            if (chosen is not null)
            {
                context.Features.Set(chosen);
            }

            try
            {
                Reassign(context, function, lease, reassign);
                ObserveColdStart(context, function, arrived);
                await next(context);
                if (chosen is not { Refused: true })
                {
                    return;
                }

                reassign = true;
            }
            finally
            {
                lease?.Release(time.GetTimestamp());
                chosen?.Instance?.Release(time.GetTimestamp());
            }
        }
    }

    private FunctionInstance? Lease(Function function)
    {
        var running = function.Running;
        if (running.Count == 1 && running[0].TryLease())
        {
            if (function.Options.Scale.Max > 1 && running[0].InFlight > function.Options.Scale.Concurrency)
            {
                function.ScaleOut(new Signal(SignalKind.Request, time.GetTimestamp(), Client: null));
            }

            return running[0];
        }

        return null;
    }

    // The destinations that YARP gave the request may be older than the lease.
    private void Reassign(HttpContext context, Function function, FunctionInstance? lease, bool reassign)
    {
        if (!reassign && lease is not null)
        {
            var given = context.GetReverseProxyFeature().AllDestinations;
            reassign = given.Count != 1 || given[0].DestinationId != lease.Id;
        }

        if (reassign && clusters.TryGetCluster(function.Name, out var cluster))
        {
            context.ReassignProxyRequest(cluster);
        }
    }

    // Off the warm path: only while a cold start's first answer is still to come.
    private void ObserveColdStart(HttpContext context, Function function, long arrived)
    {
        if (function.PendingColdStart is { } cold)
        {
            cold.NoteRequest(arrived);
            context.Response.OnStarting(static state => ((ColdRequest)state).FirstByteAsync(), new ColdRequest(function, cold, time));
        }
    }

    private sealed record ColdRequest(Function Function, ColdStart Cold, TimeProvider Time)
    {
        public Task FirstByteAsync()
        {
            Function.Served(Cold, Time.GetTimestamp());
            return Task.CompletedTask;
        }
    }
}
