using Gateway.Activation;
using Gateway.Activation.Scaling;
using Gateway.Configuration;
using Gateway.Forwarding.Async;
using Gateway.Forwarding.Reports;
using Gateway.Forwarding.Waiting;
using Gateway.Listening;
using Gateway.Model;
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
    StartEvents events,
    ReturningClients returning,
    IWarmUpGate warmUp,
    RequestTarget target,
    ShortPath path,
    ForwardingResult result,
    IgnoredRequests ignored,
    AsyncIntake later,
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
            return ForwardAsync(context, proxy, function, isLearnt: true);
        }

        // A client may send the host name of one of the gateway's own routes to a shared address.
        if (cluster == FunctionClusters.ListenRoute)
        {
            return context.Features.Get<Listener>()?.Function is { } listening ? ForwardAsync(context, proxy, listening) : Problem.NotFoundAsync(context);
        }

        if (cluster == FunctionClusters.WarmUpRoute)
        {
            return warmUp.Function is { } self ? ForwardAsync(context, proxy, self) : Problem.NotFoundAsync(context);
        }

        returning.Note(context, function: null);
        return ReportAfterAsync(next(context), context, cluster);
    }

    private async Task ReportAfterAsync(Task forwarded, HttpContext context, string cluster)
    {
        await forwarded;
        if (ForwardingResult.MayHaveFailed(context))
        {
            await result.ReportAsync(context, cluster);
        }
    }

    private Task ForwardAsync(HttpContext context, IReverseProxyFeature proxy, Function function, bool isLearnt = false)
    {
        function = VersionSplit.Choose(function, context.Connection.RemoteIpAddress, registry);
        if (IgnoredRequests.Has(context, function))
        {
            return !ignored.Note(context, function) ? IgnoredRequests.AnswerAsync(context, function)
                : ForwardAsync(context, function, Choose(function), ResponseStart.Of(context.Response), isIgnored: true);
        }

        if (isLearnt)
        {
            returning.Note(context, function);
        }

        var connection = context.Features.Get<ClientConnection>();
        connection?.Use(function);
        if (function.Options.Hold.Page is not null && StartEvents.IsFor(context.Request))
        {
            return events.FollowAsync(context, function);
        }

        if (function.Options.Async is not null && AsyncIntake.Has(context, function))
        {
            return later.AnswerAsync(context, function);
        }

        function.NoteArrival(time.GetTimestamp());
        if (!function.Quiet.IsEmpty)
        {
            function.NoteUse(connection?.Source, context.Connection.RemoteIpAddress);
        }

        var isUpgrade = UpgradeLimit.IsFor(context);
        var lease = Choose(function);
        return lease is not null && !isUpgrade && function.PendingColdStart is null ? ForwardWarmAsync(context, proxy, function, lease)
            : ForwardAsync(context, function, lease, ResponseStart.Of(context.Response), isUpgrade: isUpgrade);
    }

    // The warm path: the request has a lease, and no cold start is being timed. This is everything that is added to
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
                await ForwardAsync(context, function, Choose(function), start, verdict);
            }
        }
    }

    private async Task ForwardAsync(
        HttpContext context, Function function, FunctionInstance? lease, ResponseStart start, Verdict verdict = Verdict.Done, bool isUpgrade = false, bool isIgnored = false)
    {
        var arrived = time.GetTimestamp();
        await PoolThread.EnterAsync();
        var isObserved = false;
        var wasSentAgain = verdict == Verdict.SendAgain;
        long? cameBack = verdict == Verdict.Hold ? arrived : null;
        FunctionInstance? only = null;
        for (var round = 1; ; lease = only is not null ? null : round <= Choices ? Choose(function) : function.LeaseLeastUsed())
        {
            // Nothing runs, or no running instance takes the request: it has just closed its door, or has no free place. The wait finds out, under the function's lock.
            if (lease is null && (only is not null || round > Choices || function.Running.Count <= 1 || target.IsUnbalanced(function)))
            {
                if (isIgnored && function.Running.Count == 0)
                {
                    // It came to rest meanwhile.
                    await IgnoredRequests.AnswerAsync(context, function);
                    return;
                }

                var (waiting, place) = (function, new Place(only));
                if (!await held.WaitAsync(context, function, cameBack ?? arrived, () => Owner(context, waiting) != waiting, place))
                {
                    context.Features.Set(WaitedInVain.Instance);
                    return;
                }

                (round, only, lease) = (1, null, place.Lease);
                if (lease is null)
                {
                    function = Owner(context, function);
                    continue;
                }
            }

            // A program's time to accept an upgrade begins when there is a program.
            using var limit = isUpgrade ? UpgradeLimit.Start(context, target.ActivityTimeout(function), time) : null;

            // Without a lease YARP chooses among the running instances, and LeaseMiddleware takes a lease on the one that it chose.
            var chosen = lease is null ? new ChosenLease(function) : null;
            context.Features.Set(chosen);
            try
            {
                target.Set(context, function, lease, fresh: verdict == Verdict.SendAgain, isUpgrade);
                isObserved = isObserved || isIgnored || FirstAnswer.Observe(context, function, arrived, configuration, time);
                await next(context);
            }
            finally
            {
                lease ??= chosen?.Instance;
                if (isIgnored && lease is not null)
                {
                    function.ReleaseIgnored(lease);
                }
                else
                {
                    lease?.Release(time.GetTimestamp());
                }
            }

            if (chosen is { Refused: true })
            {
                round++;
                only = chosen.Bound;
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
        : context.GetReverseProxyFeature().Route.Config.ClusterId is { } cluster && registry.TryGet(cluster, out var whole) ? whole
        : function;

    // Takes a lease on the only running instance or, if it is left to the gateway, on the least used one.
    private FunctionInstance? Choose(Function function) =>
        function.SingleRunning is { } single ? (function.TryLease(single) ? single : null)
        : function.Running.Count > 1 && target.IsUnbalanced(function) ? function.LeaseLeastUsed()
        : null;
}
