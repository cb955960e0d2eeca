using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>The configuration as it was at start, before there was a logger or a server.</summary>
internal sealed record FirstRead(
    IConfiguration Configuration, GatewayOptions Options, IReadOnlyList<ConfigurationError> Warnings, ValidatedConfiguration Validated, IChangeToken Since)
{
    /// <summary>What the next pass need not read again.</summary>
    public KnownParts? Known { get; private init; }

    /// <summary>The tree that was read.</summary>
    public required ConfigurationNode Root { get; init; }

    /// <summary>What functions can run on.</summary>
    public required IReadOnlyList<IRunReader> Runtimes { get; init; }

    /// <summary>The machine that it was held against.</summary>
    public Machine? Machine { get; private init; }

    /// <param name="configuration">What to read.</param>
    /// <param name="runtimes">What functions can run on.</param>
    /// <param name="machine">The machine that it is for; null: the text alone is judged.</param>
    /// <param name="file">Where users write it; null: not in a file.</param>
    /// <exception cref="ConfigurationException">Something is wrong with it.</exception>
    public static FirstRead Of(IConfiguration configuration, IReadOnlyList<IRunReader> runtimes, Machine? machine = null, string? file = null)
    {
        // The token comes first: it then tells of every change after what was read.
        var since = configuration.GetReloadToken();
        var result = ConfigurationReader.TryRead(configuration, runtimes, before: null, machine);
        var missing = file is null || File.Exists(file) ? null : Path.GetFileName(file);
        if (missing is not null && TopLevel.Sections.All(name => result.Root!.Find(name) is null))
        {
            throw new ConfigurationException([new ConfigurationError(missing, $"no such file in {Path.GetDirectoryName(file)}; write one, or name its folder with --contentRoot.", missing), .. result.Errors]);
        }

        var options = result.Options ?? throw new ConfigurationException(result.Errors);
        IEnumerable<ConfigurationError> warnings = missing is null
            ? result.Warnings
            : [new ConfigurationError(missing, $"no such file in {Path.GetDirectoryName(file)}; what is in use comes from elsewhere alone.", missing), .. result.Warnings];
        return new FirstRead(configuration, options, [.. warnings], new ValidatedConfiguration(options, result.Root!), since)
        {
            Known = result.Known,
            Root = result.Root!,
            Runtimes = runtimes,
            Machine = machine,
        };
    }
}
