using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway;

/// <summary>The gateway's life: compose, start step by step, serve until somebody asks it to end, and end in order.</summary>
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
        await startup.Get<FunctionRegistry>().DisposeAsync();
        return ExitCodes.Done;
    }

    // Somebody who asks it to end while it starts is obeyed as at any time.
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
