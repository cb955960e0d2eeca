using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway;

/// <summary>Finds the certificate that Kestrel could not load.</summary>
internal static class CertificateErrors
{
    /// <param name="kestrel">The user's section.</param>
    /// <param name="contentRoot">Where relative paths start.</param>
    /// <returns>A sentence about the first that cannot be used; null when all can.</returns>
    public static string? Find(IConfiguration kestrel, string contentRoot) =>
        Sections(kestrel).Select(section => Judge(section, contentRoot)).FirstOrDefault(static sentence => sentence is not null);

    /// <summary>The absolute paths of all files that certificates and their keys are in.</summary>
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

    private static string? Judge(IConfigurationSection certificate, string contentRoot)
    {
        foreach (var key in (string[])["Path", "KeyPath"])
        {
            if (certificate[key] is { } path && !File.Exists(Path.Combine(contentRoot, path)))
            {
                return $"{certificate.Path}:{key}: there is no file '{Path.Combine(contentRoot, path)}'; make it or correct the path.";
            }
        }

        try
        {
            Load(certificate, contentRoot);
            return null;
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{certificate.Path}: '{certificate["Path"]}' cannot be used as a certificate with its key: {error.Message.TrimEnd('.')}.";
        }
    }

    private static void Load(IConfigurationSection certificate, string contentRoot)
    {
        if (certificate["Path"] is not { } path)
        {
            return;
        }

        path = Path.Combine(contentRoot, path);
        using var loaded = (certificate["KeyPath"], certificate["Password"]) switch
        {
            ({ } key, { } password) => X509Certificate2.CreateFromEncryptedPemFile(path, password, Path.Combine(contentRoot, key)),
            ({ } key, null) => X509Certificate2.CreateFromPemFile(path, Path.Combine(contentRoot, key)),
            (null, var password) => X509CertificateLoader.LoadPkcs12FromFile(path, password),
        };
    }
}
