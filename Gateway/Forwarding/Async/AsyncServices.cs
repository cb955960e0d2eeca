namespace Gateway.Forwarding.Async;

/// <summary>Registers what requests need whose clients do not wait.</summary>
internal static class AsyncServices
{
    public static void AddAsyncRequests(this IServiceCollection services)
    {
        services.AddSingleton<AsyncMetrics>();
        services.AddSingleton<Replay>();
        services.AddSingleton<AsyncDelivery>();
        services.AddSingleton(provider => new AsyncFolders(provider.GetRequiredService<IHostEnvironment>().ContentRootPath, provider.GetRequiredService<ILogger<AsyncFolders>>()));
        services.AddSingleton<AsyncRequests>();
        services.AddSingleton<AsyncIntake>();
    }
}
