using Gateway.Activation;
using Gateway.Admin;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Forwarding.Async;
using Gateway.Forwarding.Policies;
using Gateway.Forwarding.Waiting;
using Gateway.Idle;
using Gateway.Listening;
using Gateway.Restart;
using Gateway.Runtimes;
using Gateway.Signals;
using Gateway.Telemetry;
using Gateway.Telemetry.Tracing;
using Gateway.WarmUp;
using LibBpf;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Yarp.ReverseProxy;

namespace Gateway;

/// <summary>
/// The steps of the gateway's start, in this order. Each names the steps that it needs, and a test checks the order. Comments say what would go
/// wrong in another order.
/// </summary>
internal static class StartSteps
{
    public static readonly IReadOnlyList<StartStep> All =
    [
        StartStep.Of("hooks attached", [], Attach),
        StartStep.Of("settings of the kernel checked", [], CheckFastOpen),

        // From here on a gateway before this one does not accept connections, so it comes as late as it can. Its sockets are no other program's.
        StartStep.Of("sockets taken over", ["hooks attached"], startup => startup.Get<Predecessor>().Ask()),

        // If the kernel steers, the addresses of functions are not bound.
        StartStep.Of("addresses checked", ["hooks attached", "sockets taken over"], CheckAddresses),
        StartStep.Of("what was learned loaded", [], startup => startup.Get<StateFile>().Load()),
        StartStep.Of("metrics registered", ["hooks attached"], RegisterMetrics),

        // An instance that is taken over asks the policy at once where it should rest.
        StartStep.Of("functions made", ["hooks attached", "addresses checked", "what was learned loaded"], MakeFunctions),
        StartStep.Of("pipeline built", ["functions made"], UsePipeline),

        // Requests may come from here on, so everything that answers them has to be there.
        new("listening", ["functions made", "pipeline built", "metrics registered"], ListenAsync),

        // The gateway before this one gives its instances and ends.
        StartStep.Of("gateway before told", ["listening"], TellGatewayBefore),

        // What is open by now is not for clients.
        StartStep.Of("connections bounded", ["listening"], BoundConnections),

        // A reload changes Kestrel's endpoints, so they have to exist.
        StartStep.Of("changes followed", ["listening"], FollowChanges),
        new("warmed up", ["listening"], WarmUpAsync),

        // The connections of the warm-up must not wake anything, and are not clients'.
        StartStep.Of("signals live", ["warmed up"], GoLive),

        // A function may take minutes to be prepared, longer than a service manager waits for a start, and clients are served meanwhile.
        StartStep.Of("service manager told", ["connections bounded", "changes followed", "signals live"], TellServiceManager),

        // A function that cannot be prepared is logged, and the others are served.
        new("functions prepared", ["functions made", "gateway before told"], startup => startup.Prepared.WaitAsync(startup.Stopping).ContinueWith(static _ => { }, TaskScheduler.Default)),
        StartStep.Of("ready", ["connections bounded", "changes followed", "signals live", "service manager told", "functions prepared"], SayReady),
    ];

    private static void Attach(Startup startup)
    {
        try
        {
            startup.Get<KernelAttachment>().Attach(startup.Options, startup.Get<KernelDemand>());
        }
        catch (BpfException error)
        {
            throw new StartException($"Gateway:Ebpf:Mode is 'Required', and the kernel's signals cannot be had: {error.Message}", error);
        }

        startup.Stopping.Register(() =>
        {
            startup.Get<Successor>().PrepareEnd();
            startup.Get<KernelAttachment>().Dispose();
        });
    }

    private static void CheckFastOpen(Startup startup)
    {
        if (startup.Options.FastOpen == FastOpen.On && ListenSockets.SysctlWithoutServer() is { } value)
        {
            KernelLog.FastOpenOff(startup.App.Logger, value, value | 2);
        }
    }

    private static void CheckAddresses(Startup startup)
    {
        var (kernel, configuration) = (startup.Get<KernelAttachment>(), startup.Get<IConfiguration>());
        startup.Get<ConfigurationMonitor>().Veto = (before, now) => Refused(before, now);
        if (Refused(before: null, startup.Options).ToArray() is { Length: > 0 } refused)
        {
            throw new StartException(string.Join('\n', refused.AsEnumerable()));
        }

        if (kernel.Steers)
        {
            startup.Validated.SteerFunctions();
        }

        IEnumerable<ConfigurationError> Refused(GatewayOptions? before, GatewayOptions now) =>
            BindErrors.Of(before, now, configuration, kernel.Steers);
    }

    private static void RegisterMetrics(Startup startup)
    {
        var registry = startup.Get<GatewayMetrics>().Registry;
        BuildMetrics.Register(registry);
        startup.Get<TlsMetrics>();
        var functions = startup.Get<FunctionRegistry>();
        var clusters = startup.Get<IProxyStateLookup>();
        startup.Get<GatewayMetrics>().Requests.ObserveInFlight(registry, () =>
        [
            // A function that was removed counts down while it drains; one that has its name now counts with it.
            .. functions.All.Concat(functions.Leaving).GroupBy(function => function.Name, StringComparer.Ordinal).Select(named => (named.Key, named.Sum(function => function.InFlight))),
            .. clusters.GetClusters().Where(cluster => !functions.TryGet(cluster.ClusterId, out _))
                .Select(cluster => (cluster.ClusterId, cluster.DestinationsState.AllDestinations.Sum(destination => destination.ConcurrentRequestCount))),
        ]);
        ConfigurationMetrics.Register(registry, startup.Get<ConfigurationMonitor>(), startup.Get<TimeProvider>());
        EbpfMetrics.Register(registry, startup.Get<KernelAttachment>());
    }

    private static void GoLive(Startup startup)
    {
        startup.Get<KernelDemand>().GoLive();
        startup.Get<TraceExporter>();
    }

    private static void MakeFunctions(Startup startup)
    {
        var options = startup.Options;
        startup.Get<RestPolicy>().Keep(options.Functions.ContainsKey);
        var registry = startup.Get<FunctionRegistry>();
        startup.Prepared = registry.Apply(options);
        startup.Get<Listeners>().Update(options);
        startup.Get<HostNames>().Update(options);
        // A steered address is not bound, so a taken one is not refused by the system.
        var taken = BindErrors.Taken(options, startup.Get<KernelAddresses>().Update(registry.All, options)).Take(10).ToArray();
        if (taken.Length > 0)
        {
            throw new StartException(string.Join('\n', taken));
        }
    }

    private static void UsePipeline(Startup startup) => UsePipeline(startup.App);

    /// <summary>Gives an application the whole way of a request.</summary>
    internal static void UsePipeline(WebApplication app)
    {
        app.UseMiddleware<RequestErrors>();
        app.UseMiddleware<AdminEndpoint>();
        app.UseMiddleware<ClientRequests>();
        app.UseMiddleware<ListenRouting>();
        app.UseRouting();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<AsyncAnswers>();
        app.UseMiddleware<ThemeAssets>();
        app.UsePolicies();
        app.UseMiddleware<NoRouteMiddleware>();
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<HoldMiddleware>();
            proxy.UseSessionAffinity();
            proxy.UseMiddleware<SessionMiddleware>();
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
            proxy.UseMiddleware<LeaseMiddleware>();
        }).ConfigureEndpoints(app.Services.GetRequiredService<PolicyRoutes>().Configure);

        // YARP makes its endpoints when they are asked for first. Two first requests at once, a client's and the warm-up's, would do that under locks of
        // YARP's and of the routing's in opposite orders, and wait for each other for ever.
        _ = ((IEndpointRouteBuilder)app).DataSources.Sum(source => source.Endpoints.Count);
    }

    private static async Task ListenAsync(Startup startup)
    {
        var app = startup.App;
        try
        {
            await app.StartAsync();
            startup.Get<QuietStart>().End();
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartException(BindErrors.Explain(startup.Get<ConfigurationMonitor>().Current, app.Configuration, error), error);
        }
        catch (Exception error) when (KestrelErrors.Explain(error, startup.Get<ConfigurationMonitor>().Current, app.Configuration, app.Environment.ContentRootPath) is { } sentence)
        {
            throw new StartException(sentence, error);
        }
    }

    private static void TellGatewayBefore(Startup startup)
    {
        startup.Get<Predecessor>().TellReady();
        startup.Get<Predecessor>().CloseUnused();
        startup.Get<Successor>().Listen();
    }

    private static void BoundConnections(Startup startup)
    {
        var (limit, written) = (DescriptorLimit.Current, startup.Options.ClientLimits.Connections);
        var bounds = startup.Get<OpenConnections>().Settle(startup.Options);
        ListeningLog.Bounds(startup.App.Logger, bounds.Connections, bounds.PerClient, limit, bounds.Kept);
        if (written > bounds.ByDescriptors)
        {
            ListeningLog.OverDescriptors(startup.App.Logger, bounds.Connections, limit, bounds.ByDescriptors);
        }
    }

    private static void FollowChanges(Startup startup)
    {
        startup.Follower = new ConfigurationFollower(startup.App.Services, startup.App.Logger);
        foreach (var runtime in startup.App.Services.GetServices<IRuntime>())
        {
            runtime.Discovered = found => startup.Get<ConfigurationMonitor>().Discover(runtime.Name, found);
        }

        startup.HangUp = new HangUp(startup.App.Services, startup.Follower, startup.App.Logger);
    }

    private static void TellServiceManager(Startup startup)
    {
        var status = startup.Get<ServiceStatus>();
        status.Serve();
        startup.Stopping.Register(status.End);
    }

    private static async Task WarmUpAsync(Startup startup)
    {
        var addresses = startup.Get<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        await startup.Get<PipelineWarmUp>().RunAsync(
            addresses, startup.Options.Admin, startup.Get<FunctionServices>(), startup.Get<IReadiness>(), startup.Stopping);
    }

    private static void SayReady(Startup startup)
    {
        startup.Get<AdminEndpoint.ReadySwitch>().Set();
        HostLog.Ready(startup.App.Logger, startup.Options.Functions.Count, startup.Options.Admin.Url);
    }
}
