using Gateway.Configuration.Labels;
using Microsoft.Extensions.Primitives;

namespace Gateway.Configuration;

/// <summary>The configuration as it was read at the start, before there was a logger or a server.</summary>
/// <param name="Configuration">The configuration that was read.</param>
/// <param name="Options">What was read.</param>
/// <param name="Warnings">What works, but hardly as it was meant.</param>
/// <param name="Validated">The same in the form that Kestrel reads.</param>
/// <param name="Since">A token that tells of every change since <paramref name="Configuration"/> was read.</param>
internal sealed record FirstRead(
    IConfiguration Configuration, GatewayOptions Options, IReadOnlyList<ConfigurationError> Warnings, ValidatedConfiguration Validated, IChangeToken Since)
{
    /// <summary>What the next pass need not read again.</summary>
    public KnownParts? Known { get; private init; }

    /// <summary>The merged tree that was read.</summary>
    public required ConfigurationNode Root { get; init; }

    /// <summary>The runtimes that functions can run on.</summary>
    public required IReadOnlyList<IRunReader> Runtimes { get; init; }

    /// <summary>The machine that the configuration is for, or null if the text alone was judged.</summary>
    public Machine? Machine { get; private init; }

    /// <summary>The containers that are functions by their labels.</summary>
    public LabelledFunctions Labels { get; private init; } = new();

    /// <summary>The functions by labels that are in it.</summary>
    public IReadOnlyList<LabelledFunction> Accepted { get; private init; } = [];

    /// <summary>The functions by labels that are not in it, and why.</summary>
    public IReadOnlyList<RejectedFunction> Rejected { get; private init; } = [];

    /// <summary>Reads and validates a configuration.</summary>
    /// <param name="configuration">The configuration to read.</param>
    /// <param name="runtimes">The runtimes that functions can run on.</param>
    /// <param name="machine">The machine that the configuration is for, or null to judge the text alone.</param>
    /// <param name="file">The file that users write, or null if there is none. It is reported if it does not exist.</param>
    /// <param name="discover">Finds the containers that are functions by their labels, once it is known where to look.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong. The exception holds every mistake.</exception>
    public static FirstRead Of(
        IConfiguration configuration, IReadOnlyList<IRunReader> runtimes, Machine? machine = null, string? file = null,
        Func<GatewayOptions, IReadOnlyList<LabelledContainer>>? discover = null)
    {
        // The token is taken before reading, so that it tells of every change after what was read.
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
        var labels = new LabelledFunctions();
        LabelledReading? labelled = null;
        if (discover?.Invoke(options) is { Count: > 0 } containers)
        {
            foreach (var ofEngine in containers.GroupBy(static container => container.Runtime, StringComparer.Ordinal))
            {
                labels.Update(ofEngine.Key, [.. ofEngine]);
            }

            var (files, known) = (result.Root!, result.Known);
            labelled = labels.Read(files, some =>
            {
                var read = ConfigurationReader.TryRead(configuration, runtimes, known, machine, some);
                return new JudgedReading(read, read.Errors);
            });
            (result, options) = (labelled.Judged.Result, labelled.Judged.Result.Options!);
        }

        return new FirstRead(configuration, options, [.. warnings], new ValidatedConfiguration(options, result.Root!), since)
        {
            Known = result.Known,
            Root = result.Root!,
            Runtimes = runtimes,
            Machine = machine,
            Labels = labels,
            Accepted = labelled?.Accepted ?? [],
            Rejected = labelled?.Rejected ?? [],
        };
    }
}
