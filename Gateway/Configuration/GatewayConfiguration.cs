using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration;

/// <summary>How Program.cs gets its configuration.</summary>
public static class GatewayConfiguration
{
    /// <summary>A web application's builder, whose broken JSON files are the user's mistakes and not exceptions of ours.</summary>
    /// <exception cref="ConfigurationException">A file is not JSON, or the content root is not there.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // From where the user stands; the framework takes it from where the program is.
        var root = new ConfigurationBuilder().AddCommandLine(args).Build()[WebHostDefaults.ContentRootKey] is { Length: > 0 } given ? Path.GetFullPath(given) : null;
        if (root is not null && !Directory.Exists(root))
        {
            throw new ConfigurationException([new ConfigurationError("--contentRoot", $"there is no folder '{root}'; name the one that appsettings.json is in.", "The command line")]);
        }

        try
        {
            return WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = root });
        }
        catch (InvalidDataException exception)
        {
            if (StartupErrors.TryExplain(exception) is { } explained)
            {
                throw explained;
            }

            throw;
        }
    }

    /// <summary>
    /// Reads and validates all that the user wrote, has Kestrel listen on the addresses of functions and of the admin endpoint
    /// beside the user's own, and adds <see cref="ConfigurationMonitor"/> and <see cref="ValidatedConfiguration"/> to the services.
    /// Call it once, after the last source was added.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="validated">What Kestrel reads.</param>
    /// <param name="defaults">What holds where the user wrote nothing.</param>
    /// <returns>The first configuration.</returns>
    /// <exception cref="ConfigurationException">Something is wrong with it; it holds every mistake.</exception>
    public static GatewayOptions AddGatewayConfiguration(
        this WebApplicationBuilder builder, out ValidatedConfiguration validated, IEnumerable<KeyValuePair<string, string?>>? defaults = null)
    {
        ((IConfigurationBuilder)builder.Configuration).KeepLastGood(new MemoryConfigurationSource { InitialData = defaults });
        var first = FirstRead.Of(builder.Configuration);

        // Takes the place of the raw Kestrel section, which the web host's defaults gave it.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Configure(first.Validated.Kestrel, reloadOnChange: true));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(first.Validated);
        builder.Services.AddSingleton(services => new ConfigurationMonitor(
            first, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ConfigurationMonitor>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<ConfigurationMonitor>());
        validated = first.Validated;
        return first.Options;
    }
}
