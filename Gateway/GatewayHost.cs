using Gateway.Activation;
using Gateway.Admin.Webhooks;
using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Forwarding.Async;
using Gateway.Restart;
using Gateway.Runtimes;
using Gateway.Telemetry.Export;
using Gateway.Telemetry.Tracing;

namespace Gateway;

/// <summary>Runs the gateway: composes it, starts it step by step, serves until it is told to end, and ends it in order.</summary>
internal static class GatewayHost
{
    /// <param name="builder">The application's builder.</param>
    /// <param name="runtimes">What functions can run on.</param>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, IReadOnlyList<IRuntimeModule> runtimes)
    {
        var options = builder.AddGatewayConfiguration(runtimes, out var validated, LoggingDefaults.Settings, found => [.. Discover(runtimes, found).Where(MayStart)]);
        builder.AddGateway(options, runtimes);
        await using var app = builder.Build();
        using var startup = new Startup(app, options, validated);
        await StartAsync(startup);
        await app.WaitForShutdownAsync();
        await startup.Get<AsyncRequests>().EndAsync();
        await EndFunctionsAsync(startup);
        await SendLastAsync(startup);
        return ExitCodes.Done;
    }

    // Whether an address can be had is known only when the gateway has started, and one that cannot must not keep it from that. So containers with addresses of their own
    // come afterwards, like a change.
    private static bool MayStart(LabelledContainer container) =>
        !container.Labels.Keys.Any(static label => label.StartsWith(LabelledContainer.Prefix + "listen", StringComparison.OrdinalIgnoreCase));

    /// <summary>Finds the containers that are functions by their labels, while nothing else of the gateway is there yet.</summary>
    public static IReadOnlyList<LabelledContainer> Discover(IReadOnlyList<IRuntimeModule> runtimes, GatewayOptions options) =>
        options.Runtimes.Values.Any(static settings => settings.Discovers) ? Task.Run(() => runtimes.DiscoverAsync(options, CancellationToken.None)).GetAwaiter().GetResult() : [];

    // The time is what supervisors leave. What has not ended in it is killed when the runtimes are disposed of.
    private static async Task EndFunctionsAsync(Startup startup)
    {
        var end = EndAsync();
        await Task.WhenAny(end, Task.Delay(RestartOptions.EndOfPrograms, startup.Get<TimeProvider>()));
        if (end.IsCompleted)
        {
            await end;
        }

        async Task EndAsync()
        {
            await startup.Get<Successor>().LeaveAsync();
            await startup.Get<FunctionRegistry>().DisposeAsync();
        }
    }

    // Each waits for its collector or receiver for a while. They do it side by side, and not one after the other when the services are disposed of: supervisors wait for no longer.
    private static Task SendLastAsync(Startup startup) =>
        Task.WhenAll(Task.Run(startup.Get<TraceExporter>().Dispose), startup.Get<MetricsExporter>().DisposeAsync().AsTask(), startup.Get<WebhookObserver>().DisposeAsync().AsTask());

    // The gateway may be told to end while it starts.
    private static async Task StartAsync(Startup startup)
    {
        foreach (var step in StartSteps.All)
        {
            if (startup.Stopping.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await step.RunAsync(startup);
            }
            catch (OperationCanceledException) when (startup.Stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
