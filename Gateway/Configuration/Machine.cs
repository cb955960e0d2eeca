using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Configuration;

/// <summary>
/// Checks what a configuration says about its machine: addresses, and files with certificates. What was found good is not checked again by reloads,
/// because an interface that is down for a moment, or a certificate that is being replaced, is not a mistake in the file.
/// </summary>
/// <param name="contentRoot">The directory in which relative paths start.</param>
internal sealed class Machine(string contentRoot)
{
    /// <summary>The extension that marks the certificate for developers: CertificateManager.AspNetHttpsOid of ASP.NET Core.</summary>
    private const string DeveloperCertificate = "1.3.6.1.4.1.311.84.1.1";

    private readonly HashSet<IPAddress> _addresses = [];
    private readonly HashSet<(string, string?, string?)> _certificates = [];

    /// <summary>Notes an error if an address is not this machine's. Where the kernel steers connections nothing binds it, so the mistake would go unnoticed.</summary>
    public void Address(ListenAddress listen, string path, string source, ReadContext context)
    {
        if (listen.Address is { } address && !IPAddress.IsLoopback(address) && !_addresses.Contains(address))
        {
            if (Has(address))
            {
                _addresses.Add(address);
            }
            else
            {
                context.Error(path, source, $"{listen} is no address of this machine (ip address shows them); correct it.");
            }
        }
    }

    /// <summary>Notes an error if a certificate cannot be loaded from its files.</summary>
    public void Certificate(SectionReader section, string path, string? key, string? password)
    {
        if (_certificates.Contains((path, key, password)))
        {
            return;
        }

        if (CertificateFiles.Judge(path, key, password, contentRoot) is not { } refused)
        {
            _certificates.Add((path, key, password));
        }
        else if (refused.Key is { } word)
        {
            section.Error(word, refused.Sentence);
        }
        else
        {
            section.Error(refused.Sentence);
        }
    }

    /// <summary>Notes an error if a file with a token cannot be used, and a warning if everybody can read it.</summary>
    public void TokenFile(SectionReader section, string key, string path)
    {
        var file = Path.Combine(contentRoot, path);
        if (!File.Exists(file))
        {
            section.Error(key, $"there is no file '{file}'; make it, with: openssl rand -hex 32, or correct the path.");
        }
        else if (Configuration.TokenFile.Read(file).Refused is { } refused)
        {
            section.Error(key, $"'{file}' {refused}.");
        }
        else if (Configuration.TokenFile.IsOpenToOthers(file))
        {
            section.Warn(key, $"every user of this machine can read '{file}'; chmod 600 it.");
        }
    }

    /// <summary>Returns the absolute path of a file or folder that the configuration names.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, Path.GetFullPath(contentRoot));

    /// <summary>Whether the user has the framework's own certificate for developers, which Kestrel uses if none is configured.</summary>
    public bool HasDeveloperCertificate
    {
        get
        {
            using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
            try
            {
                store.Open(OpenFlags.ReadOnly);
                return store.Certificates.Any(certificate => certificate.Extensions.Any(extension => extension.Oid?.Value == DeveloperCertificate));
            }
            catch (CryptographicException)
            {
                return false;
            }
        }
    }

    // The kernel is asked by a bind, which takes net.ipv4.ip_nonlocal_bind and, for IPv4, routes of type local into account.
    private static bool Has(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException error)
        {
            // Other errors do not say that the address is not this machine's.
            return error.SocketErrorCode is not (SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported) || LocalRoutes.Contain(address);
        }
    }
}
