using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Restart;
using Gateway.Runtimes;

namespace Gateway;

/// <summary>Runs the gateway: composes it, starts it step by step, serves until it is told to end, and ends it in order.</summary>
internal static class GatewayHost
{
    /// <param name="builder">The application's builder.</param>
    /// <param name="runtimes">What functions can run on.</param>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, IReadOnlyList<IRuntimeModule> runtimes)
    {
        var options = builder.AddGatewayConfiguration(runtimes, out var validated, LoggingDefaults.Settings);
        builder.AddGateway(options, runtimes);
        await using var app = builder.Build();
        using var startup = new Startup(app, options, validated);
        await StartAsync(startup);
        await app.WaitForShutdownAsync();
        await EndFunctionsAsync(startup);
        return ExitCodes.Done;
    }

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
