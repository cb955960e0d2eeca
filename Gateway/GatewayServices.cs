using System.Diagnostics;
using Gateway.Activation;
using Gateway.Activation.Trust;
using Gateway.Admin;
using Gateway.Admin.Live;
using Gateway.Admin.Webhooks;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Forwarding;
using Gateway.Forwarding.Async;
using Gateway.Forwarding.Bytes;
using Gateway.Forwarding.Policies;
using Gateway.Forwarding.Reports;
using Gateway.Idle;
using Gateway.Listening;
using Gateway.Readiness;
using Gateway.Restart;
using Gateway.Runtimes;
using Gateway.Signals;
using Gateway.Signals.Direct;
using Gateway.Telemetry;
using Gateway.Telemetry.AccessLogs;
using Gateway.Telemetry.Export;
using Gateway.Telemetry.Tracing;
using Gateway.WarmUp;
using LibBpf;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Prometheus;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway;

/// <summary>Registers the services of all rooms.</summary>
internal static class GatewayServices
{
    public static void AddGateway(this WebApplicationBuilder builder, GatewayOptions options, IReadOnlyList<IRuntimeModule> runtimes)
    {
        var services = builder.Services;
        AddTelemetry(services, options, builder.Environment);
        AddSignals(services, options);
        AddRuntimes(services, options, builder.Environment, runtimes);
        AddIdle(services, options, builder.Environment);
        AddActivation(services, options);
        AddListening(services, options);
        services.AddRestart(options, builder.Environment.ContentRootPath);
        AddForwarding(services, options);
        AddWarmUp(services);
        services.AddServer(options);
    }

    private static void AddTelemetry(IServiceCollection services, GatewayOptions options, IHostEnvironment environment)
    {
        services.AddSingleton(_ =>
        {
            var registry = Metrics.NewCustomRegistry();
            DotNetStats.Register(registry);
            return registry;
        });
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<ReturningMetrics>();
        services.AddSingleton(provider =>
        {
            var configuration = provider.GetRequiredService<ConfigurationMonitor>();
            return new AccessLog(() => configuration.Current.AccessLog, environment.ContentRootPath, provider.GetRequiredService<CollectorRegistry>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AccessLog>>());
        });
        services.AddSingleton(new ColdStartLog());
        services.AddSingleton(provider => new TraceExporter(
            options.Tracing, options.Name, provider.GetRequiredService<ColdStartLog>(), provider.GetRequiredService<ActivitySource>(), context => provider.GetRequiredService<RequestReports>().IsClients(context), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TraceExporter>>()));
        services.AddSingleton(provider => new MetricsExporter(
            provider.GetRequiredService<CollectorRegistry>(), options.Name, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MetricsExporter>>()));
        services.AddSingleton<AdminEndpoint.ReadySwitch>();
        services.AddSingleton<AdminToken>();
        services.AddSingleton<AdminGuard>();
        services.AddSingleton<StreamEnd>();
        services.AddSingleton<LiveFeed>();
        services.AddWebhooks(options);
        services.AddSingleton(provider => new FunctionViews(
            provider.GetRequiredService<FunctionRegistry>(),
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<ConfigurationMonitor>(),
            provider.GetRequiredService<KernelAttachment>(), provider.GetRequiredService<DirectConnections>(),
            provider.GetRequiredService<InstanceMemory>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<QuietStart>();
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(provider => provider.GetRequiredService<QuietStart>());
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(provider => provider.GetRequiredService<QuietStart>());
    }

    private static void AddSignals(IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton(provider => new ReturningClients(provider.GetRequiredService<KernelAttachment>(), options, provider.GetRequiredService<ReturningMetrics>()));
        services.AddSingleton<KernelAttachment>();
        services.AddSingleton<IListenSource, KernelListens>();
        services.AddSingleton<ListenEvents>();
        services.AddSingleton<KernelDemand>();
        services.AddSingleton<ITrustObserver, SignalFloors>();
        services.AddSingleton<KernelAddresses>().AddSingleton<DirectConnections>().AddSingleton(provider => new Signals.Direct.Bridged.BridgeTable(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Signals.Direct.Bridged.BridgeTable>>()));
        services.AddSingleton<HostNames>();
        services.AddSingleton<ISignalFloor, KernelFloor>();
    }

    private static void AddRuntimes(IServiceCollection services, GatewayOptions options, IHostEnvironment environment, IReadOnlyList<IRuntimeModule> runtimes)
    {
        foreach (var module in runtimes)
        {
            services.AddSingleton(provider => module.Create(new RuntimeContext(
                options.Name,
                options.Runtimes.GetValueOrDefault(module.Name),
                CgroupRoot(),
                environment.ContentRootPath,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>())
            { Predecessor = provider.GetRequiredService<Predecessor>() }));
        }
    }

    private static void AddIdle(IServiceCollection services, GatewayOptions options, IHostEnvironment environment)
    {
        services.AddSingleton<IdleWatch>();
        services.AddSingleton<IRestEvents, RestEvents>();
        services.AddSingleton<RestPolicy>();
        services.AddSingleton<IRestPolicy>(provider => provider.GetRequiredService<RestPolicy>());
        services.AddSingleton(provider => new StateFile(
            provider.GetRequiredService<RestPolicy>(),
            StateFile.Locate(options.State.Path, Environment.GetEnvironmentVariable, environment.ContentRootPath),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StateFile>>()));
        services.AddSingleton(new InstanceMemory(CgroupV1.Find("memory", CgroupRoot())));
        services.AddSingleton(provider => new CpuVeto(new InstanceCpu(CgroupV1.Find("cpuacct", CgroupRoot())).Of, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new CommandVeto(environment.ContentRootPath));
        services.AddSingleton<IVetoes, Vetoes>();
        services.AddSingleton(provider => new MemoryWatch(
            provider.GetRequiredService<RestPolicy>(),
            () => provider.GetRequiredService<ConfigurationMonitor>().Current.Memory.Budget,
            provider.GetRequiredService<InstanceMemory>().Of,
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MemoryWatch>>()));
    }

    private static void AddActivation(IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<IReadinessProbe, ReadinessProbe>();
        services.AddSingleton<IReadiness, ReadinessMonitor>();
        services.AddSingleton(provider => new StartBudget(options.Budget, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new TrustMetrics(provider.GetRequiredService<GatewayMetrics>().Registry));
        services.AddSingleton(provider => new TrustJudge(
            options.Trust,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<TrustMetrics>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.Functions"))
        {
            Observer = provider.GetRequiredService<ITrustObserver>(),
        });
        services.AddSingleton(provider => new FunctionServices(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<StartBudget>(),
            provider.GetServices<IRuntime>().ToDictionary(runtime => runtime.Name, StringComparer.Ordinal),
            provider.GetRequiredService<IReadiness>(),
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<ColdStartLog>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.Functions"))
        {
            Rest = provider.GetRequiredService<IRestPolicy>(),
            Vetoes = provider.GetRequiredService<IVetoes>(),
            Trust = provider.GetRequiredService<TrustJudge>(),
            Before = provider.GetRequiredService<Predecessor>(),
            // The order matters: a request may only be released when YARP knows where to send it.
            Observers = [provider.GetRequiredService<DestinationSync>(), provider.GetRequiredService<IdleWatch>(), provider.GetRequiredService<MemoryWatch>(), provider.GetRequiredService<KernelDemand>(), provider.GetRequiredService<KernelAddresses>(), provider.GetRequiredService<DirectConnections>(), provider.GetRequiredService<FirstConnections>(), provider.GetRequiredService<InstanceConnections>(), provider.GetRequiredService<InstanceProtocols>(), provider.GetRequiredService<ServiceStatus>(), provider.GetRequiredService<LiveFeed>(), provider.GetRequiredService<WebhookObserver>()],
        });
        services.AddSingleton<FunctionRegistry>();
    }

    private static void AddListening(IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<Listeners>();
        services.AddSingleton<AccessLists>();
        services.AddSingleton<ListenSockets>();
        services.AddSingleton<SteeredSockets>();
        services.AddSingleton<ProxyProtocol>();
        services.AddSingleton<ClientHelloSignals>();
        services.AddSingleton<ConnectionPipeline>();
        services.AddSingleton<ConnectionMetrics>();
        services.AddSingleton<TlsMetrics>();
        services.AddSingleton<ConnectionReports>();
        services.AddSingleton(provider => new OpenConnections(
            options, provider.GetRequiredService<ConnectionReports>(), provider.GetRequiredService<ConnectionMetrics>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ListeningSockets>();
        services.AddSingleton<YoungConnections>();
        services.AddSingleton<AcceptGate>();
        services.AddSingleton<BoundedTransport>();
        // Kestrel asks the transport that was added last first.
        services.AddSingleton<IConnectionListenerFactory>(provider => new ClientListeners(
            provider.GetRequiredService<BoundedTransport>(), provider.GetRequiredService<AcceptGate>(), provider.GetRequiredService<YoungConnections>()));
    }

    private static void AddWarmUp(IServiceCollection services)
    {
        services.AddSingleton<WarmUpFunction>();
        services.AddSingleton<IWarmUpGate>(provider => provider.GetRequiredService<WarmUpFunction>());
        services.AddSingleton<PipelineWarmUp>();
    }

    private static void AddForwarding(IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<DestinationSync>();
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<DestinationSync>());
        services.AddHold();
        services.AddAsyncRequests();
        services.AddSingleton<IByteConnections, ByteConnections>();
        services.AddSingleton<RepeatedErrors>();
        services.AddSingleton<InstanceConnections>();
        services.AddSingleton<FirstConnections>();
        services.AddSingleton<IConfirmedConnections>(provider => provider.GetRequiredService<FirstConnections>());
        services.AddSingleton<FreshClients>();
        services.AddSingleton<InstanceProtocols>();
        services.AddSingleton<IInstanceProtocols>(provider => provider.GetRequiredService<InstanceProtocols>());
        services.AddSingleton<IForwarderHttpClientFactory, SharedClients>();
        services.AddSingleton<RequestTarget>();
        services.AddSingleton<ShortPath>();
        services.AddSingleton<ForwardingResult>();
        services.AddSingleton<IgnoredRequests>();
        services.AddSingleton(provider => new FunctionClusters(provider.GetRequiredService<FunctionRegistry>(), options));
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<FunctionClusters>());
        services.AddSingleton<IProxyConfigFilter>(provider => provider.GetRequiredService<FunctionClusters>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<FunctionClusters>());
        services.AddSingleton<RequestReports>();
        services.AddSingleton<IConfigChangeListener, ClusterSeries>();
        services.AddPolicies();
        services.AddReverseProxy();
        GoneInstanceAffinity.Register(services);
        services.AddSingleton<ITransformProvider, FunctionTransforms>();
        services.AddHostedService<CertificateWatch>();
    }

    private static string? CgroupRoot()
    {
        try
        {
            return Cgroup.FindRoot();
        }
        catch (BpfException)
        {
            return null;
        }
    }
}
