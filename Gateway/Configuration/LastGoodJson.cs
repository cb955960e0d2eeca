using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Gateway.Configuration;

/// <summary>A JSON file for a configuration: broken at start it is a <see cref="ConfigurationException"/>, later it keeps its last good content.</summary>
/// <param name="FullPath">The file, absolute.</param>
/// <param name="Optional">Whether it may be missing at start. Once read, it may not go.</param>
public sealed record LastGoodJsonSource(string FullPath, bool Optional) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new LastGoodJsonProvider(FullPath, Optional);
}

/// <summary>Adds such files.</summary>
public static class LastGoodJson
{
    /// <param name="builder">What to add to.</param>
    /// <param name="path">Relative to the current directory, or absolute.</param>
    /// <param name="optional">Whether it may be missing at start.</param>
    /// <exception cref="ConfigurationException">From building: the file is missing or is not JSON.</exception>
    public static IConfigurationBuilder AddLastGoodJsonFile(this IConfigurationBuilder builder, string path, bool optional = false) =>
        builder.Add(new LastGoodJsonSource(Path.GetFullPath(path), optional));

    /// <summary>Puts them in the place of the framework's own JSON files, such as the appsettings.json of a web application.</summary>
    public static void KeepLastGood(this IConfigurationBuilder builder)
    {
        for (var i = 0; i < builder.Sources.Count; i++)
        {
            if (builder.Sources[i] is JsonConfigurationSource { Path: { } path } json
                && (Path.IsPathRooted(path) ? path : (json.FileProvider as PhysicalFileProvider)?.GetFileInfo(path).PhysicalPath ?? Rooted(json, path)) is { } full)
            {
                builder.Sources[i] = new LastGoodJsonSource(full, json.Optional);
            }
        }
    }

    // GetFileInfo knows no path for what its filters hide; the provider's root does.
    private static string? Rooted(JsonConfigurationSource json, string path) =>
        json.FileProvider is PhysicalFileProvider { Root: var root } ? Path.Combine(root, path) : null;
}
