using Gateway.Configuration.Labels;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration;

/// <summary>Gets the gateway its configuration: the files, the environment and the command line, read and validated.</summary>
internal static class GatewayConfiguration
{
    private const string MainFile = "appsettings.json";

    /// <summary>Makes the builder of a web application. A broken JSON file is reported as the user's mistake.</summary>
    /// <exception cref="ConfigurationException">A file is not JSON or too large, or the content root does not exist.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var root = ContentRoot(args);
        foreach (var file in (string[])[MainFile, EnvironmentFile(args)])
        {
            // The framework's provider, which reads a file of any size, loads it before LastGoodJsonProvider takes its place.
            var information = new FileInfo(Path.Combine(root ?? Directory.GetCurrentDirectory(), file));
            if (information.Exists && BoundedFile.Refuse(information.Length) is { } sentence)
            {
                throw new ConfigurationException([new ConfigurationError(file, sentence, file)]);
            }
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

    /// <summary>Judges a configuration as a start does, but starts nothing.</summary>
    /// <param name="file">The file to read in the place of appsettings.json, or null to read that one.</param>
    /// <param name="args">Keys of the configuration, in the form of the command line.</param>
    /// <param name="runtimes">The runtimes that functions can run on.</param>
    /// <param name="needsAny">Whether it is a mistake that there is no configuration at all. If not, there are the defaults.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong. The exception holds every mistake.</exception>
    public static CheckedConfiguration Check(string? file, string[] args, IReadOnlyList<IRunReader> runtimes, bool needsAny = true)
    {
        var root = ContentRoot(args) ?? (file is null ? Directory.GetCurrentDirectory() : Path.GetDirectoryName(Path.GetFullPath(file))!);
        var main = file is null ? Path.Combine(root, MainFile) : Path.GetFullPath(file);
        var configuration = Load(root, main, optional: file is null, args);
        try
        {
            var first = FirstRead.Of(configuration, runtimes, new Machine(root), needsAny ? main : null);
            return new CheckedConfiguration(first.Options, first.Warnings, configuration);
        }
        catch
        {
            configuration.Dispose();
            throw;
        }
    }

    /// <summary>Reads where the gateway of a configuration has its admin endpoint. Mistakes elsewhere in the configuration do not matter, since it may run by an earlier one.</summary>
    /// <param name="args">Keys of the configuration, in the form of the command line.</param>
    /// <exception cref="ConfigurationException">A file cannot be read, or the admin endpoint's part of it is wrong.</exception>
    public static AdminTarget ReadAdmin(string[] args)
    {
        var root = ContentRoot(args) ?? Directory.GetCurrentDirectory();
        using var configuration = Load(root, Path.Combine(root, MainFile), optional: true, args);
        return AdminTarget.Read(configuration, root);
    }

    /// <summary>Returns the full path of the file that <see cref="Check"/> judges, which need not exist.</summary>
    /// <param name="file">The file that is named, or null.</param>
    /// <param name="args">Keys of the configuration, in the form of the command line.</param>
    public static string FileOf(string? file, string[] args) =>
        Path.GetFullPath(file ?? Path.Combine(Setting(args, WebHostDefaults.ContentRootKey) is { Length: > 0 } root ? root : "", MainFile));

    /// <summary>
    /// Reads and validates all that the user wrote, makes Kestrel listen on the addresses of functions and of the admin endpoint besides the user's
    /// own, and adds <see cref="ConfigurationMonitor"/> and <see cref="ValidatedConfiguration"/> to the services. It is to be called once, after the
    /// last source was added.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="runtimes">The runtimes that functions can run on.</param>
    /// <param name="validated">The configuration in the form that Kestrel reads.</param>
    /// <param name="defaults">Values of keys that no other source has.</param>
    /// <param name="discover">Finds the containers that are functions by their labels, once it is known where to look.</param>
    /// <returns>Returns the configuration that was read.</returns>
    /// <exception cref="ConfigurationException">The configuration is wrong. The exception holds every mistake.</exception>
    public static GatewayOptions AddGatewayConfiguration(
        this WebApplicationBuilder builder, IReadOnlyList<IRunReader> runtimes, out ValidatedConfiguration validated, IEnumerable<KeyValuePair<string, string?>>? defaults = null,
        Func<GatewayOptions, IReadOnlyList<LabelledContainer>>? discover = null)
    {
        ((IConfigurationBuilder)builder.Configuration).KeepLastGood(new MemoryConfigurationSource { InitialData = defaults });
        var root = builder.Environment.ContentRootPath;
        var first = FirstRead.Of(builder.Configuration, runtimes, new Machine(root), Path.Combine(root, MainFile), discover);

        // This replaces the raw Kestrel section, which the web host's defaults gave to Kestrel.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Configure(first.Validated.Kestrel, reloadOnChange: true));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(first.Validated);
        builder.Services.AddSingleton(services => new ConfigurationMonitor(
            first, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ConfigurationMonitor>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<ConfigurationMonitor>());
        validated = first.Validated;
        return first.Options;
    }

    // These are the sources of a web application in its order, in which a later one replaces values of an earlier one.
    private static ConfigurationRoot Load(string root, string main, bool optional, string[] args) => (ConfigurationRoot)new ConfigurationBuilder()
        .AddEnvironmentVariables("DOTNET_")
        .AddEnvironmentVariables("ASPNETCORE_")
        .AddLastGoodJsonFile(main, optional)
        .AddLastGoodJsonFile(Path.Combine(root, EnvironmentFile(args)), optional: true)
        .AddEnvironmentVariables()
        .AddCommandLine(args)
        .Build();

    // A relative path starts in the current directory, where the user is; to the framework it would start where the program is.
    private static string? ContentRoot(string[] args)
    {
        var root = Setting(args, WebHostDefaults.ContentRootKey) is { Length: > 0 } given ? Path.GetFullPath(given) : null;
        return root is null || Directory.Exists(root)
            ? root
            : throw new ConfigurationException([new ConfigurationError("--contentRoot", $"there is no folder '{root}'; name the one that appsettings.json is in.", "The command line")]);
    }

    private static string EnvironmentFile(string[] args)
    {
        var environment = Setting(args, WebHostDefaults.EnvironmentKey)
            ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? Environments.Production;
        return $"appsettings.{environment}.json";
    }

    private static string? Setting(string[] args, string key) => new ConfigurationBuilder().AddCommandLine(args).Build()[key];
}

/// <summary>A configuration that was judged and found good.</summary>
/// <param name="Options">What was read.</param>
/// <param name="Warnings">What works, but hardly as it was meant.</param>
/// <param name="Sources">The sources, which watch their files until they are disposed.</param>
internal sealed record CheckedConfiguration(GatewayOptions Options, IReadOnlyList<ConfigurationError> Warnings, IDisposable Sources) : IDisposable
{
    public void Dispose() => Sources.Dispose();
}
