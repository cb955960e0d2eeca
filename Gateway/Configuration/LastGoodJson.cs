using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Gateway.Configuration;

/// <summary>A JSON file for a configuration: broken at start it is a <see cref="ConfigurationException"/>, later it keeps its last good content.</summary>
/// <param name="FullPath">The file, absolute.</param>
/// <param name="Optional">Whether it may be missing at start. Once read, it may not go.</param>
internal sealed record LastGoodJsonSource(string FullPath, bool Optional) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new LastGoodJsonProvider(FullPath, Optional);
}

/// <summary>Adds such files.</summary>
internal static class LastGoodJson
{
    /// <param name="builder">What to add to.</param>
    /// <param name="path">Relative to the current directory, or absolute.</param>
    /// <param name="optional">Whether it may be missing at start.</param>
    /// <exception cref="ConfigurationException">From building: the file is missing or is not JSON.</exception>
    public static IConfigurationBuilder AddLastGoodJsonFile(this IConfigurationBuilder builder, string path, bool optional = false) =>
        builder.Add(new LastGoodJsonSource(Path.GetFullPath(path), optional));

    /// <summary>Puts them in the place of the framework's own JSON files, such as the appsettings.json of a web application.</summary>
    /// <param name="builder">What holds them.</param>
    /// <param name="first">Sources to put before all others.</param>
    public static void KeepLastGood(this IConfigurationBuilder builder, params IEnumerable<IConfigurationSource> first)
    {
        // Emptied and filled again: a ConfigurationManager loads every source anew when one is replaced, and one when it is added.
        IConfigurationSource[] sources = [.. first, .. builder.Sources.Select(LastGoodOf)];
        builder.Sources.Clear();
        foreach (var source in sources)
        {
            builder.Sources.Add(source);
        }
    }

    private static IConfigurationSource LastGoodOf(IConfigurationSource source) =>
        source is JsonConfigurationSource { Path: { } path } json
        && (Path.IsPathRooted(path) ? path : (json.FileProvider as PhysicalFileProvider)?.GetFileInfo(path).PhysicalPath ?? Rooted(json, path)) is { } full
            ? new LastGoodJsonSource(full, json.Optional)
            : source;

    // GetFileInfo knows no path for what its filters hide; the provider's root does.
    private static string? Rooted(JsonConfigurationSource json, string path) =>
        json.FileProvider is PhysicalFileProvider { Root: var root } ? Path.Combine(root, path) : null;
}
