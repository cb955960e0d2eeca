using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Gateway.Configuration;

/// <summary>
/// A JSON file as a source of a configuration. If the file is broken at the start, building the configuration throws a
/// <see cref="ConfigurationException"/>. If it breaks later, its last good content stays.
/// </summary>
/// <param name="FullPath">The absolute path of the file.</param>
/// <param name="Optional">Whether the file may be missing at the start. Once it was read it may not go.</param>
internal sealed record LastGoodJsonSource(string FullPath, bool Optional) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new LastGoodJsonProvider(FullPath, Optional);
}

/// <summary>Adds <see cref="LastGoodJsonSource"/>s to a configuration.</summary>
internal static class LastGoodJson
{
    /// <summary>Adds a file. Building the configuration throws a <see cref="ConfigurationException"/> if the file is missing or is not JSON.</summary>
    /// <param name="builder">The configuration's builder.</param>
    /// <param name="path">The path of the file, absolute or relative to the current directory.</param>
    /// <param name="optional">Whether the file may be missing at the start.</param>
    public static IConfigurationBuilder AddLastGoodJsonFile(this IConfigurationBuilder builder, string path, bool optional = false) =>
        builder.Add(new LastGoodJsonSource(Path.GetFullPath(path), optional));

    /// <summary>Replaces the framework's own JSON sources, such as the appsettings.json of a web application, by <see cref="LastGoodJsonSource"/>s.</summary>
    /// <param name="builder">The configuration's builder.</param>
    /// <param name="first">Sources to put before all others.</param>
    public static void KeepLastGood(this IConfigurationBuilder builder, params IEnumerable<IConfigurationSource> first)
    {
        // The list is emptied and filled again, because a ConfigurationManager loads all sources when one is replaced, but only the new one when one is added.
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

    // GetFileInfo has no path for files that its filters hide, so the path is made of the provider's root.
    private static string? Rooted(JsonConfigurationSource json, string path) =>
        json.FileProvider is PhysicalFileProvider { Root: var root } ? Path.Combine(root, path) : null;
}
