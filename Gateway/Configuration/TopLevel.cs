using Gateway.Configuration.Policies;

namespace Gateway.Configuration;

/// <summary>Checks the keys at the top of a configuration.</summary>
internal static class TopLevel
{
    /// <summary>The sections that the gateway reads.</summary>
    public static readonly IReadOnlyList<string> Sections = ["Gateway", KestrelSection, ReverseProxySection, .. PoliciesReader.Keys];

    private const string KestrelSection = "Kestrel";
    private const string ReverseProxySection = "ReverseProxy";

    /// <summary>Keys that others read: the framework and its host, editors, and clients of the engines.</summary>
    public static readonly IReadOnlyList<string> Foreign =
    [
        "Logging", "AllowedHosts", "ConnectionStrings", "urls", "contentRoot", "environment", "applicationName", "DetailedErrors", "webroot",
        "hostBuilder", "shutdownTimeoutSeconds", "captureStartupErrors", "suppressStatusMessages", "startupTimeoutSeconds", "preferHostingUrls",
        "preventHostingStartup", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "http_ports", "https_ports", "https_port",
        "forwardedHeaders_enabled", "$schema", "DOCKER_HOST", "CONTAINER_HOST",
    ];

    /// <summary>Tells whether the gateway or another reader knows a key of that name, ignoring case.</summary>
    public static bool Knows(string name) => Sections.Concat(Foreign).Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the known key that is most similar to a misspelt one, or null.</summary>
    public static string? Near(string name) => Suggestion.For(name, Sections) ?? Suggestion.For(name, Foreign);

    /// <summary>Notes an error for every unknown key. Environment variables are left out, because most of them are not meant for the gateway.</summary>
    public static void Check(ConfigurationNode root, ReadContext context)
    {
        foreach (var node in root.Children.Where(node => node.Source != ConfigurationTree.Environment && !Knows(node.Name)))
        {
            // JSON allows a key without a name, and a mistake needs a place.
            context.Error(node.Name.Length > 0 ? node.Name : "\"\"", node.Source, Near(node.Name) is { } near
                ? $"unknown section; did you mean '{near}'?"
                : $"unknown section; known here: {string.Join(", ", Sections)}.");
        }
    }
}
