using Gateway.Activation;
using Gateway.Admin;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Forwarding.Policies;
using Gateway.Idle;
using Gateway.Listening;
using Gateway.Signals;
using Gateway.Telemetry;
using Gateway.WarmUp;
using LibBpf;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway;

/// <summary>The gateway's life: compose, attach, serve, warm up, say ready; and back in the other order.</summary>
internal static class GatewayHost
{
    // YARP tells of every request at Information; users may turn it on.
    private static readonly Dictionary<string, string?> Defaults = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        // At any level it begins a span and a log scope for each request, which nobody here reads: a third of what a request
        // allocates. Without it a client's trace context passes through as it came.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
        // A line for each listener: ten thousand functions have ten thousand.
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        // Session affinity brings it along; its keys need no keeping over a restart.
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
        ["Logging:LogLevel:Yarp"] = "Warning",
        // A stack trace for each request that fails, also for one that is then sent again: event 4011 tells what came of it.
        ["Logging:LogLevel:Yarp.ReverseProxy.Forwarder.HttpForwarder"] = "Error",
        // Likewise, for what is told as event 4101.
        ["Logging:LogLevel:Microsoft.AspNetCore.Authentication"] = "None",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Connections"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Http2"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Https"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
    };

    public static async Task<int> RunAsync(WebApplicationBuilder builder)
    {
        var options = builder.AddGatewayConfiguration(out var validated, Defaults);
        builder.AddGateway(options);
        await using var app = builder.Build();
        var registry = app.Services.GetRequiredService<FunctionRegistry>();
        var kernel = app.Services.GetRequiredService<KernelAttachment>();
        var demand = app.Services.GetRequiredService<KernelDemand>();
        Attach(kernel, demand, options);
        CheckFastOpen(app.Logger, options);
        PrepareAddresses(app.Services, kernel, options, validated);
        Remember(app.Services);
        ConfigurationMetrics.Register(app.Services.GetRequiredService<GatewayMetrics>().Registry, app.Services.GetRequiredService<ConfigurationMonitor>(), app.Services.GetRequiredService<TimeProvider>());
        var prepared = Apply(app.Services, options);
        UsePipeline(app);
        await StartAsync(app);
        app.Lifetime.ApplicationStopping.Register(kernel.Dispose);
        using var reload = new ConfigurationFollower(app.Services, app.Logger);
        await WarmUpAsync(app, options);
        demand.GoLive();
        await prepared.WaitAsync(app.Lifetime.ApplicationStopping).ContinueWith(static _ => { }, TaskScheduler.Default);
        app.Services.GetRequiredService<AdminEndpoint.ReadySwitch>().Set();
        HostLog.Ready(app.Logger, options.Functions.Count, options.Admin.Url);
        await app.WaitForShutdownAsync();
        await registry.DisposeAsync();
        return ExitCodes.Done;
    }

    private static void Attach(KernelAttachment kernel, KernelDemand demand, GatewayOptions options)
    {
        try
        {
            kernel.Attach(options, demand);
        }
        catch (BpfException error)
        {
            throw new StartException($"Gateway:Ebpf:Mode is 'Required', and the kernel's signals cannot be had: {error.Message}", error);
        }
    }

    private static void CheckFastOpen(ILogger logger, GatewayOptions options)
    {
        if (options.FastOpen == FastOpen.On && ListenSockets.SysctlWithoutServer() is { } value)
        {
            KernelLog.FastOpenOff(logger, value, value | 2);
        }
    }

    private static void PrepareAddresses(IServiceProvider services, KernelAttachment kernel, GatewayOptions options, ValidatedConfiguration validated)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        services.GetRequiredService<ConfigurationMonitor>().Veto = (before, now) => Refused(before, now);
        if (Refused(before: null, options).ToArray() is { Length: > 0 } refused)
        {
            throw new StartException(string.Join('\n', refused.AsEnumerable()));
        }

        if (kernel.Steers)
        {
            validated.SteerFunctions();
        }

        IEnumerable<ConfigurationError> Refused(GatewayOptions? before, GatewayOptions now) =>
            !kernel.Steers && BindErrors.TooMany(now) is { } tooMany ? [tooMany] : BindErrors.Taken(before, now, configuration);
    }

    private static void Remember(IServiceProvider services)
    {
        var file = services.GetRequiredService<StateFile>();
        file.Load();
        services.GetRequiredService<RestEvents>().OnLearned = file.Changed;
    }

    private static Task Apply(IServiceProvider services, GatewayOptions options)
    {
        services.GetRequiredService<RestPolicy>().Keep(options.Functions.ContainsKey);
        var registry = services.GetRequiredService<FunctionRegistry>();
        var prepared = registry.Apply(options);
        services.GetRequiredService<Listeners>().Update(options);
        services.GetRequiredService<HostNames>().Update(options);
        // A steered address needs no bind that would fail.
        var taken = BindErrors.Taken(options, services.GetRequiredService<KernelAddresses>().Update(registry.All, options)).Take(10).ToArray();
        return taken.Length == 0 ? prepared : throw new StartException(string.Join('\n', taken));
    }

    private static void UsePipeline(WebApplication app)
    {
        EbpfMetrics.Register(app.Services.GetRequiredService<GatewayMetrics>().Registry, app.Services.GetRequiredService<KernelAttachment>());
        app.UseMiddleware<RequestErrors>();
        app.UseMiddleware<AdminEndpoint>();
        app.UseMiddleware<ListenRouting>();
        app.UseRouting();
        app.UsePolicies();
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<HoldMiddleware>();
            proxy.UseSessionAffinity();
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
            proxy.UseMiddleware<LeaseMiddleware>();
        }).ConfigureEndpoints(app.Services.GetRequiredService<PolicyRoutes>().Configure);
    }

    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
            app.Services.GetRequiredService<QuietStart>().End();
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartException(BindErrors.Explain(app.Services.GetRequiredService<ConfigurationMonitor>().Current, app.Configuration, error), error);
        }
        catch (Exception error) when (KestrelErrors.Explain(error, app.Services.GetRequiredService<ConfigurationMonitor>().Current, app.Configuration, app.Environment.ContentRootPath) is { } sentence)
        {
            throw new StartException(sentence, error);
        }
    }

    private static async Task WarmUpAsync(WebApplication app, GatewayOptions options)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        await app.Services.GetRequiredService<PipelineWarmUp>().RunAsync(
            addresses, options.Admin.Url, app.Services.GetRequiredService<FunctionServices>(), app.Services.GetRequiredService<IReadiness>(), app.Lifetime.ApplicationStopping);
    }
}
