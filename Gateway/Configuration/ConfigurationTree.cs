using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Gateway.Configuration;

/// <summary>Makes the merged tree of a configuration. A later provider's value replaces an earlier one's, key by key, as in <see cref="IConfiguration"/>.</summary>
internal static class ConfigurationTree
{
    /// <summary>The name of the source of keys that are environment variables.</summary>
    public const string Environment = "The environment";

    /// <summary>Returns the root of the merged tree.</summary>
    public static ConfigurationNode Of(IConfiguration configuration)
    {
        var root = new ConfigurationNode("", ConfigurationError.AnySource);
        if (configuration is IConfigurationRoot { Providers: var providers })
        {
            foreach (var provider in providers)
            {
                Merge(root, provider);
            }
        }
        else
        {
            foreach (var (key, value) in configuration.AsEnumerable(makePathsRelative: true))
            {
                // Sections without a value of their own are listed too, but nobody wrote them.
                if (value is not null)
                {
                    root.Set(key, value, ConfigurationError.AnySource);
                }
            }
        }

        return root;
    }

    private static void Merge(ConfigurationNode root, IConfigurationProvider provider)
    {
        var source = NameOf(provider);
        if (provider is LastGoodJsonProvider json)
        {
            root.Merge(json.Tree);
        }
        else if (provider is IEnumerable<KeyValuePair<string, string?>> pairs)
        {
            foreach (var (key, value) in pairs)
            {
                root.Set(key, value, source);
            }
        }
        else
        {
            Walk(root, provider, parent: null, source);
        }
    }

    private static void Walk(ConfigurationNode node, IConfigurationProvider provider, string? parent, string source)
    {
        foreach (var name in provider.GetChildKeys([], parent).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var path = parent is null ? name : ConfigurationPath.Combine(parent, name);
            var child = node.Child(name, source);
            if (provider.TryGet(path, out var value))
            {
                child.Set(value, source);
            }

            Walk(child, provider, path, source);
        }
    }

    private static string NameOf(IConfigurationProvider provider) => provider switch
    {
        LastGoodJsonProvider json => json.FileName,
        FileConfigurationProvider { Source.Path: { } path } => Path.GetFileName(path),
        EnvironmentVariablesConfigurationProvider => Environment,
        CommandLineConfigurationProvider => "The command line",
        _ => ConfigurationError.AnySource,
    };
}
