using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Configuration;

/// <summary>Loads a certificate as Kestrel will, to see whether it can be.</summary>
internal static class CertificateFiles
{
    /// <param name="path">The certificate, PEM or PKCS #12.</param>
    /// <param name="key">Its key, PEM; null: it is in the same file.</param>
    /// <param name="password">Of the key; null: none.</param>
    /// <param name="contentRoot">Where relative paths start.</param>
    /// <returns>Null when it can be used; else a sentence, and the key (<c>Path</c>, <c>KeyPath</c>) that it is about, or null.</returns>
    public static (string? Key, string Sentence)? Judge(string path, string? key, string? password, string contentRoot)
    {
        foreach (var (word, file) in ((string, string?)[])[("Path", path), ("KeyPath", key)])
        {
            if (file is not null && !File.Exists(Path.Combine(contentRoot, file)))
            {
                return (word, $"there is no file '{Path.Combine(contentRoot, file)}'; make it or correct the path.");
            }
        }

        try
        {
            using var loaded = Load(Path.Combine(contentRoot, path), key is null ? null : Path.Combine(contentRoot, key), password);
            return loaded.HasPrivateKey ? null : (null, $"'{path}' has no private key, without which it proves nothing; add KeyPath.");
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, $"'{path}' cannot be used as a certificate with its key: {error.Message.TrimEnd('.')}.");
        }
    }

    private static X509Certificate2 Load(string path, string? key, string? password) => (key, password) switch
    {
        ({ } file, { } secret) => X509Certificate2.CreateFromEncryptedPemFile(path, secret, file),
        ({ } file, null) => X509Certificate2.CreateFromPemFile(path, file),
        (null, var secret) => X509CertificateLoader.LoadPkcs12FromFile(path, secret),
    };
}
