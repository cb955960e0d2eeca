using Gateway.Configuration;

namespace Gateway;

/// <summary>Finds a certificate that cannot be used.</summary>
internal static class CertificateErrors
{
    /// <summary>Checks every certificate.</summary>
    /// <param name="kestrel">The user's section.</param>
    /// <param name="contentRoot">The directory in which relative paths start.</param>
    /// <returns>Returns a sentence about the first that cannot be used; null if all can.</returns>
    public static string? Find(IConfiguration kestrel, string contentRoot) =>
        Sections(kestrel).Select(section => Judge(section, contentRoot)).FirstOrDefault(static sentence => sentence is not null);

    /// <summary>Returns the absolute paths of the files of all certificates and their keys.</summary>
    public static IReadOnlyList<string> Files(IConfiguration kestrel, string contentRoot) =>
    [
        .. (from section in Sections(kestrel)
            from path in (string?[])[section["Path"], section["KeyPath"]]
            where !string.IsNullOrEmpty(path)
            select Path.GetFullPath(path, contentRoot)).Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<IConfigurationSection> Sections(IConfiguration kestrel) =>
    [
        .. kestrel.GetSection("Certificates").GetChildren(),
        .. from endpoint in kestrel.GetSection("Endpoints").GetChildren()
           from section in endpoint.GetSection("Sni").GetChildren().Select(name => name.GetSection("Certificate")).Prepend(endpoint.GetSection("Certificate"))
           select section,
    ];

    private static string? Judge(IConfigurationSection certificate, string contentRoot) =>
        certificate["Path"] is not { Length: > 0 } path ? null
        : CertificateFiles.Judge(path, certificate["KeyPath"], certificate["Password"], contentRoot) is not { } refused ? null
        : $"{certificate.Path}{(refused.Key is null ? "" : $":{refused.Key}")}: {refused.Sentence}";
}
