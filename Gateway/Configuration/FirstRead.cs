using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>The configuration as it was at start, before there was a logger or a server.</summary>
internal sealed record FirstRead(
    IConfiguration Configuration, GatewayOptions Options, IReadOnlyList<ConfigurationError> Warnings, ValidatedConfiguration Validated, IChangeToken Since)
{
    /// <summary>What the next pass need not read again.</summary>
    public KnownParts? Known { get; private init; }

    /// <exception cref="ConfigurationException">Something is wrong with it.</exception>
    public static FirstRead Of(IConfiguration configuration)
    {
        // The token comes first: it then tells of every change after what was read.
        var since = configuration.GetReloadToken();
        var result = ConfigurationReader.TryRead(configuration);
        var options = result.Options ?? throw new ConfigurationException(result.Errors);
        return new FirstRead(configuration, options, result.Warnings, new ValidatedConfiguration(options, result.Root!), since) { Known = result.Known };
    }
}
