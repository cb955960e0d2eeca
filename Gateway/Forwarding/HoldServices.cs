using Gateway.Configuration;
using Gateway.Forwarding.Bytes;
using Gateway.Forwarding.Waiting;

namespace Gateway.Forwarding;

/// <summary>Registers what requests need that wait for their functions.</summary>
internal static class HoldServices
{
    public static void AddHold(this IServiceCollection services)
    {
        services.AddSingleton(provider => new HeldPlaces(() => provider.GetRequiredService<ConfigurationMonitor>().Current.ClientLimits));
        services.AddSingleton<HeldBody>();
        services.AddSingleton<LeftClients>();
        services.AddSingleton<HeldRequests>();
        services.AddSingleton<HeldConnection>();
        services.AddWaitingPages();
    }
}
