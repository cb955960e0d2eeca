using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Signals;
using Gateway.Telemetry;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// The first middleware inside MapReverseProxy. A request for a running function takes a lease and goes on. A request for
/// a function at rest, or one whose instance is gone, waits here with its body unread until the function answers.
/// </summary>
internal sealed class HoldMiddleware(
    RequestDelegate next,
    FunctionRegistry registry,
    HeldRequests held,
    ReturningClients returning,
    IWarmUpGate warmUp,
    RequestTarget target,
    ShortPath path,
    ForwardingResult result,
    ConfigurationMonitor configuration,
    TimeProvider time)
{
    // How often the load balancer may choose an instance that has closed its door meanwhile. Then the least used instance takes the request.
    private const int Choices = 3;

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
        return ReportAfterAsync(next(context), context, cluster);
    }

    // The client sent the host name of one of the gateway's own routes to a shared address.
    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task ReportAfterAsync(Task forwarded, HttpContext context, string cluster)
    {
        await forwarded;
        if (ForwardingResult.MayHaveFailed(context))
        {
            await result.ReportAsync(context, cluster);
        }
    }

    private Task ForwardAsync(HttpContext context, IReverseProxyFeature proxy, Function function)
    {
        context.Features.Get<ClientConnection>()?.Use(function);
        function.NoteArrival(time.GetTimestamp());
        var isUpgrade = UpgradeLimit.IsFor(context);
        var lease = Lease(function, function.SingleRunning);
        return lease is not null && !isUpgrade && function.PendingColdStart is null ? ForwardWarmAsync(context, proxy, function, lease)
            : ForwardAsync(context, function, lease, ResponseStart.Of(context.Response), isUpgrade: isUpgrade);
    }

    // The warm path: one instance runs, the request has a lease on it, and no cold start is being timed. This is everything that is added to
    // YARP's own work there.
    private Task ForwardWarmAsync(HttpContext context, IReverseProxyFeature proxy, Function function, FunctionInstance lease)
    {
        var start = ResponseStart.Of(context.Response);
        Task forwarded;
        try
        {
            forwarded = ((target.Set(context, proxy, function, lease) ? path.For(proxy.Cluster) : null) ?? next)(context);
        }
        catch
        {
            lease.Release(time.GetTimestamp());
            throw;
        }

        return EndWarmAsync(context, forwarded, function, lease, start);
    }

    private async Task EndWarmAsync(HttpContext context, Task forwarded, Function function, FunctionInstance lease, ResponseStart start)
    {
        try
        {
            await forwarded;
        }
        finally
        {
            lease.Release(time.GetTimestamp());
        }

        if (ForwardingResult.MayHaveFailed(context))
        {
            var verdict = await result.JudgeAsync(context, function, lease, wasSentAgain: false);
            if (verdict != Verdict.Done)
            {
                start.Restore(context);
                await ForwardAsync(context, function, Lease(function, function.SingleRunning), start, verdict);
            }
        }
    }

    private async Task ForwardAsync(
        HttpContext context, Function function, FunctionInstance? lease, ResponseStart start, Verdict verdict = Verdict.Done, bool isUpgrade = false)
    {
        var arrived = time.GetTimestamp();
        var isObserved = false;
        var wasSentAgain = verdict == Verdict.SendAgain;
        long? cameBack = verdict == Verdict.Hold ? arrived : null;
        for (var round = 1; ; lease = Lease(function, round <= Choices ? function.SingleRunning : function.LeastUsed))
        {
            // Either nothing runs or the only running instance has just closed its door. The wait finds out, under the function's lock.
            if (lease is null && (function.Running.Count <= 1 || round > Choices))
            {
                var waiting = function;
                if (!await held.WaitAsync(context, function, cameBack ?? arrived, () => Owner(context, waiting) != waiting))
                {
                    return;
                }

                function = Owner(context, function);

                round = 1;
                continue;
            }

            // A program's time to accept an upgrade begins when there is a program.
            using var limit = isUpgrade ? UpgradeLimit.Start(context, target.ActivityTimeout(function), time) : null;

            // With one running instance the lease is on it. With several YARP chooses one, and LeaseMiddleware takes a lease on it.
            var chosen = lease is null ? new ChosenLease(function) : null;
            context.Features.Set(chosen);
            try
            {
                target.Set(context, function, lease, fresh: verdict == Verdict.SendAgain, isUpgrade);
                isObserved = isObserved || ObserveColdStart(context, function, arrived);
                await next(context);
            }
            finally
            {
                lease ??= chosen?.Instance;
                lease?.Release(time.GetTimestamp());
            }

            if (chosen is { Refused: true })
            {
                round++;
                continue;
            }

            verdict = ForwardingResult.MayHaveFailed(context) ? await result.JudgeAsync(context, function, lease, wasSentAgain) : Verdict.Done;
            if (verdict == Verdict.Done)
            {
                return;
            }

            start.Restore(context);
            wasSentAgain |= verdict == Verdict.SendAgain;
            cameBack ??= time.GetTimestamp();
            if (time.GetElapsedTime(cameBack.Value) > function.Options.Hold.Timeout)
            {
                await Problem.HoldTimeoutAsync(context, function);
                return;
            }
        }
    }

    // A reload may have given the function's address or name to another one while the request waited. Then the request is for that one.
    private Function Owner(HttpContext context, Function function) =>
        !function.IsRetired ? function
        : context.Features.Get<Listener>()?.Function is { } listening ? listening
        : registry.TryGet(function.Name, out var other) ? other
        : function;

    private static FunctionInstance? Lease(Function function, FunctionInstance? instance) => function.TryLease(instance) ? instance : null;

    // This is needed only while the first answer of a cold start is still to come.
    private bool ObserveColdStart(HttpContext context, Function function, long arrived)
    {
        if (function.PendingColdStart is not { } cold)
        {
            return false;
        }

        cold.NoteRequest(arrived);
        if (cold.Rtt is null)
        {
            cold.NoteRtt(TcpInfo.RoundTrip(context.Features));
        }

        context.Response.OnStarting(static state => ((ColdRequest)state).FirstByteAsync(), new ColdRequest(context.Response, function, cold, arrived, configuration, time));
        return true;
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
