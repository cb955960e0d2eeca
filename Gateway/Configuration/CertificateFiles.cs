using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Configuration;

/// <summary>Loads a certificate as Kestrel will do it, to find out whether it can be loaded.</summary>
internal static class CertificateFiles
{
    /// <summary>Tries a certificate's files.</summary>
    /// <param name="path">The file of the certificate: PEM if there is a <paramref name="key"/>, else PKCS #12.</param>
    /// <param name="key">The PEM file of its private key, or null if the key is in the same file.</param>
    /// <param name="password">The password of the private key, or null if it has none.</param>
    /// <param name="contentRoot">The directory in which relative paths start.</param>
    /// <returns>
    /// Returns null if the certificate can be used, else what is wrong with it and the key of the configuration (<c>Path</c> or <c>KeyPath</c>) where
    /// that is, or null if it is neither of the two alone.
    /// </returns>
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
