using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Lab;

/// <summary>A server's certificate and key as PEM files.</summary>
/// <param name="CertificatePath">For Kestrel's <c>Certificate:Path</c>.</param>
/// <param name="KeyPath">For Kestrel's <c>Certificate:KeyPath</c>.</param>
public sealed record LabCertificate(string CertificatePath, string KeyPath);

/// <summary>
/// A certificate authority of the lab's own. Elliptic keys (P-256): as on the web the server's whole flight fits the
/// initial congestion window, so that it costs no further round trip.
/// </summary>
public sealed class LabCertificates : IDisposable
{
    private readonly LabDirectory _directory = LabDirectory.Create("certificates");
    private readonly X509Certificate2 _authority = CreateAuthority();
    private int _issued;

    public LabCertificates() => File.WriteAllText(CaPath, _authority.ExportCertificatePem());

    /// <summary>PEM file of the authority, for curl's <c>--cacert</c>.</summary>
    public string CaPath => _directory.File("ca.pem");

    /// <summary>A server certificate, valid for a month.</summary>
    /// <param name="hosts">Host names, <c>*.example.com</c> included, and IP addresses; at least one.</param>
    public LabCertificate Issue(params IReadOnlyList<string> hosts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(hosts.Count, nameof(hosts));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hosts[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(AlternativeNames(hosts));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], false));

        // RFC 5280, section 4.1.2.2: positive and at most 20 octets; X509 wants it unique for the issuer.
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        using var certificate = request.Create(_authority, new DateTimeOffset(_authority.NotBefore), new DateTimeOffset(_authority.NotAfter), serial);

        var number = Interlocked.Increment(ref _issued);
        var issued = new LabCertificate(_directory.File($"server{number}.pem"), _directory.File($"server{number}.key"));
        File.WriteAllText(issued.CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(issued.KeyPath, key.ExportPkcs8PrivateKeyPem());
        return issued;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    private static X509Extension AlternativeNames(IReadOnlyList<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }

    private static X509Certificate2 CreateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Headstart lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
