using Gateway.Configuration;

namespace Gateway;

/// <summary>Finds a certificate that cannot be used.</summary>
internal static class CertificateErrors
{
    /// <summary>Checks every certificate.</summary>
    /// <param name="configuration">The user's configuration.</param>
    /// <param name="contentRoot">The directory in which relative paths start.</param>
    /// <returns>Returns a sentence about the first that cannot be used; null if all can.</returns>
    public static string? Find(IConfiguration configuration, string contentRoot) =>
        Sections(configuration).Select(section => Judge(section, contentRoot)).FirstOrDefault(static sentence => sentence is not null);

    /// <summary>Returns the absolute paths of the files of all certificates and their keys.</summary>
    public static IReadOnlyList<string> Files(IConfiguration configuration, string contentRoot) =>
    [
        .. (from section in Sections(configuration)
            from path in (string?[])[section["Path"], section["KeyPath"]]
            where !string.IsNullOrEmpty(path)
            select Path.GetFullPath(path, contentRoot)).Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<IConfigurationSection> Sections(IConfiguration configuration) =>
    [
        .. configuration.GetSection("Kestrel:Certificates").GetChildren(),
        configuration.GetSection("Gateway:Admin:Certificate"),
        .. from endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren()
           from section in endpoint.GetSection("Sni").GetChildren().Select(name => name.GetSection("Certificate")).Prepend(endpoint.GetSection("Certificate"))
           select section,
    ];

    private static string? Judge(IConfigurationSection certificate, string contentRoot) =>
        certificate["Path"] is not { Length: > 0 } path ? null
        : CertificateFiles.Judge(path, certificate["KeyPath"], certificate["Password"], contentRoot) is not { } refused ? null
        : $"{certificate.Path}{(refused.Key is null ? "" : $":{refused.Key}")}: {refused.Sentence}";
}
