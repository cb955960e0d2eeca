using Gateway.Configuration;

namespace Gateway;

/// <summary>A gateway while it starts: what the steps of <see cref="StartSteps"/> work with and leave to later ones.</summary>
internal sealed class Startup(WebApplication app, GatewayOptions options, ValidatedConfiguration validated) : IDisposable
{
    public WebApplication App => app;

    /// <summary>The configuration that the gateway starts with. A reload does not change it.</summary>
    public GatewayOptions Options => options;

    public ValidatedConfiguration Validated => validated;

    /// <summary>Cancelled when somebody asks the gateway to end, which he may do while it starts.</summary>
    public CancellationToken Stopping => app.Lifetime.ApplicationStopping;

    /// <summary>Completes when the functions are prepared: images checked, containers made.</summary>
    public Task Prepared { get; set; } = Task.CompletedTask;

    /// <summary>Puts changed configurations in use; null before the gateway listens.</summary>
    public ConfigurationFollower? Follower { get; set; }

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public void Dispose() => Follower?.Dispose();
}
