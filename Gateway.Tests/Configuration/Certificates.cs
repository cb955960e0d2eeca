using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Tests.Configuration;

/// <summary>Makes self-signed certificates as PEM files that have the name of the subject.</summary>
internal static class Certificates
{
    /// <summary>Writes a certificate and its key.</summary>
    /// <returns>Returns the JSON of a certificate for Kestrel's configuration.</returns>
    public static string Write(TemporaryDirectory directory, string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var path = directory.Write($"{subject}.pem", certificate.ExportCertificatePem());
        var keyPath = directory.Write($"{subject}.key", key.ExportPkcs8PrivateKeyPem());
        return $$"""{ "Path": "{{path}}", "KeyPath": "{{keyPath}}" }""";
    }
}
