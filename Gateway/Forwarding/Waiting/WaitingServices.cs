namespace Gateway.Forwarding.Waiting;

/// <summary>Registers what waiting pages need.</summary>
internal static class WaitingServices
{
    public static void AddWaitingPages(this IServiceCollection services)
    {
        services.AddSingleton<KeptStarts>();
        services.AddSingleton<WaitingPages>();
        services.AddSingleton<StartEvents>();
    }
}
