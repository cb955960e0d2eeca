using Gateway.Configuration.Policies;

namespace Gateway.Configuration;

/// <summary>The keys at the top of a configuration.</summary>
internal static class TopLevel
{
    /// <summary>Sections that the gateway reads.</summary>
    public static readonly IReadOnlyList<string> Sections = ["Gateway", KestrelSection, ReverseProxySection, .. PoliciesReader.Keys];

    private const string KestrelSection = "Kestrel";
    private const string ReverseProxySection = "ReverseProxy";

    /// <summary>What others read: the framework, its host, editors, and what people keep beside.</summary>
    private static readonly string[] Foreign =
    [
        "Logging", "AllowedHosts", "ConnectionStrings", "urls", "contentRoot", "environment", "applicationName", "DetailedErrors", "webroot",
        "hostBuilder", "shutdownTimeoutSeconds", "captureStartupErrors", "suppressStatusMessages", "startupTimeoutSeconds", "preferHostingUrls",
        "preventHostingStartup", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "http_ports", "https_ports", "https_port",
        "forwardedHeaders_enabled", "$schema", "DOCKER_HOST", "CONTAINER_HOST",
    ];

    /// <summary>Whether somebody reads a key of that name.</summary>
    public static bool Knows(string name) => Sections.Concat(Foreign).Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The one that was meant, or null.</summary>
    public static string? Near(string name) => Suggestion.For(name, Sections) ?? Suggestion.For(name, Foreign);

    /// <summary>Names every key that nobody reads. The environment is full of what is not the gateway's, so it is believed.</summary>
    public static void Check(ConfigurationNode root, ReadContext context)
    {
        foreach (var node in root.Children.Where(node => node.Source != ConfigurationTree.Environment && !Knows(node.Name)))
        {
            context.Error(node.Name, node.Source, Near(node.Name) is { } near
                ? $"unknown section; did you mean '{near}'?"
                : $"unknown section; known here: {string.Join(", ", Sections)}.");
        }
    }
}
