using Gateway.Configuration;

namespace Gateway;

/// <summary>The state of a gateway that starts: what the steps of <see cref="StartSteps"/> use and leave to later ones.</summary>
internal sealed class Startup(WebApplication app, GatewayOptions options, ValidatedConfiguration validated) : IDisposable
{
    /// <summary>The web application.</summary>
    public WebApplication App => app;

    /// <summary>The configuration that the gateway starts with. A reload does not change it.</summary>
    public GatewayOptions Options => options;

    /// <summary>The validated configuration, as providers of the framework.</summary>
    public ValidatedConfiguration Validated => validated;

    /// <summary>Is cancelled when the gateway is told to end, which may happen while it starts.</summary>
    public CancellationToken Stopping => app.Lifetime.ApplicationStopping;

    /// <summary>Completes when the functions are prepared: images checked, containers made.</summary>
    public Task Prepared { get; set; } = Task.CompletedTask;

    /// <summary>Applies changed configurations; null before the gateway listens.</summary>
    public ConfigurationFollower? Follower { get; set; }

    /// <summary>Reads the configuration again when it is asked to; null before the gateway listens.</summary>
    public HangUp? HangUp { get; set; }

    /// <summary>Returns a service.</summary>
    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public void Dispose()
    {
        HangUp?.Dispose();
        Follower?.Dispose();
    }
}
