using Gateway.Configuration;

namespace Gateway.Admin.Webhooks;

/// <summary>Registers what webhooks need.</summary>
internal static class WebhookServices
{
    public static void AddWebhooks(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton(provider =>
        {
            var observer = new WebhookObserver(
                options.Name, provider.GetRequiredService<WebhookMetrics>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WebhookObserver>>());
            // Functions that are there already are found before the configuration is followed.
            observer.Update(options.Webhooks);
            return observer;
        });
    }
}
