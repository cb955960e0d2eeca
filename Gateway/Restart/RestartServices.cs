using Gateway.Configuration;
using Gateway.Listening;

namespace Gateway.Restart;

/// <summary>Registers the room's services.</summary>
internal static class RestartServices
{
    /// <summary>Adds what takes over from the gateway before, hands over to the next one, and ends this one in order.</summary>
    public static void AddRestart(this IServiceCollection services, GatewayOptions options, string contentRoot)
    {
        services.AddSingleton(new Meeting(options, contentRoot));
        services.AddSingleton(provider => new Predecessor(
            provider.GetRequiredService<Meeting>(),
            provider.GetRequiredService<ListeningSockets>(),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Predecessor>>()));
        services.AddSingleton<Estate>();
        services.AddSingleton<Successor>();
        services.AddSingleton<ServiceStatus>();
        services.AddHostedService<GracefulEnd>();
    }
}
