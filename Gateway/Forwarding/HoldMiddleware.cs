using Gateway.Activation;
using Gateway.Configuration;
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
    ReturningClients returning,
    WarmUp warmUp,
    IProxyStateLookup clusters,
    ConfigurationMonitor configuration,
    TimeProvider time)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var cluster = proxy.Cluster.Config.ClusterId;
        if (registry.TryGet(cluster, out var function))
        {
            returning.Note(context, function);
            return ForwardAsync(context, proxy, function);
        }

        if (cluster == FunctionClusters.ListenRoute)
        {
            return context.Features.Get<Listener>()?.Function is { } listening ? ForwardAsync(context, proxy, listening) : NotFound(context);
        }

        if (cluster == FunctionClusters.WarmUpRoute)
        {
            return warmUp.Function is { } self ? ForwardAsync(context, proxy, self) : NotFound(context);
        }

        returning.Note(context, function: null);
        return next(context);
    }

    // Somebody sent one of our own routes' host names to a shared address.
    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private Task ForwardAsync(HttpContext context, IReverseProxyFeature proxy, Function function)
    {
        context.Features.Get<ClientConnection>()?.Use(function);
        function.NoteArrival(time.GetTimestamp());
        var lease = Lease(function);
        return lease is not null && function.PendingColdStart is null ? ForwardWarmAsync(context, proxy, function, lease) : ForwardAsync(context, function, lease);
    }

    // The warm path, and all that is added to YARP's own work on it: one instance runs, the request has a lease on it, and
    // no cold start is being timed.
    private Task ForwardWarmAsync(HttpContext context, IReverseProxyFeature proxy, Function function, FunctionInstance lease)
    {
        Task forwarded;
        try
        {
            Reassign(context, proxy, function, lease);
            forwarded = next(context);
        }
        catch
        {
            lease.Release(time.GetTimestamp());
            throw;
        }

        return ReleaseAfterAsync(forwarded, lease);
    }

    private async Task ReleaseAfterAsync(Task forwarded, FunctionInstance lease)
    {
        try
        {
            await forwarded;
        }
        finally
        {
            lease.Release(time.GetTimestamp());
        }
    }

    private async Task ForwardAsync(HttpContext context, Function function, FunctionInstance? lease)
    {
        var arrived = time.GetTimestamp();
        for (; ; lease = Lease(function))
        {
            // Nothing runs, or the one that does has just closed its door: the function's lock knows which.
            if (lease is null && function.Running.Count <= 1)
            {
                if (!await held.WaitAsync(context, function, arrived))
                {
                    return;
                }

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
                Reassign(context, context.GetReverseProxyFeature(), function, lease);
                ObserveColdStart(context, function, arrived);
                await next(context);
                if (chosen is not { Refused: true })
                {
                    return;
                }
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
        if (function.Only is not { } instance || !instance.TryLease())
        {
            return null;
        }

        if (function.Options.Scale.Max > 1 && instance.InFlight > function.Options.Scale.Concurrency)
        {
            function.ScaleOut(new Signal(SignalKind.Request, time.GetTimestamp(), Client: null));
        }

        return instance;
    }

    // The destinations that YARP gave the request may be older than the lease, or another cluster's.
    private void Reassign(HttpContext context, IReverseProxyFeature proxy, Function function, FunctionInstance? lease)
    {
        var isCurrent = lease is not null && proxy.AllDestinations is [var given] && given.DestinationId == lease.Id;
        if (!isCurrent && clusters.TryGetCluster(function.Name, out var cluster))
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
            if (cold.Rtt is null)
            {
                cold.NoteRtt(ConnectionRtt.Of(context));
            }

            context.Response.OnStarting(static state => ((ColdRequest)state).FirstByteAsync(), new ColdRequest(context.Response, function, cold, arrived, configuration, time));
        }
    }

    private sealed record ColdRequest(
        HttpResponse Response, Function Function, ColdStart Cold, long Arrived, ConfigurationMonitor Configuration, TimeProvider Time)
    {
        public Task FirstByteAsync()
        {
            Function.Served(Cold, Time.GetTimestamp());
            if (Configuration.Current.ServerTiming)
            {
                ServerTiming.Write(Response, Cold, Arrived);
            }

            return Task.CompletedTask;
        }
    }
}
