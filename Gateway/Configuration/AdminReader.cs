using System.Net;
using System.Net.Sockets;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads where the admin endpoint listens and whom it answers.</summary>
internal sealed class AdminReader(SectionReader gateway, ReadContext context, AddressClaims claims)
{
    private const string UnixScheme = "unix://";

    /// <summary>The shortest token. Sixteen random letters and digits have 95 bits.</summary>
    public const int ShortestToken = 16;

    /// <summary>The longest token, which leaves room for other headers in Kestrel's 32 KiB.</summary>
    public const int LongestToken = 1024;

    /// <summary>sun_path of linux/un.h has 108 bytes, of which one is the NUL.</summary>
    private const int LongestSocket = 107;

    private static readonly TextFormat s_url =
        new($"^(?:{ListenParser.Pattern}|{TextFormat.Scheme("unix")}/.*)$", "http://127.0.0.1:9090", "unix:///run/headstart/admin.sock");

    private static readonly TextFormat s_token = new($"^[A-Za-z0-9._~+/=-]{{{ShortestToken},{LongestToken}}}$");
    private static readonly TextFormat s_file = new(".", "/etc/headstart/token");
    private static readonly TextFormat s_host = new("^[^*?# ]+$", "gateway.internal");

    /// <summary>Reads the section and claims its addresses.</summary>
    /// <param name="kestrel">The user's <c>Kestrel</c> section, which may have a default certificate.</param>
    public AdminOptions Read(ConfigurationNode? kestrel)
    {
        var section = gateway.Section("Admin");
        var admin = new AdminOptions();
        if (section.Text("Url", s_url) is { } url)
        {
            admin = url.StartsWith(UnixScheme, StringComparison.OrdinalIgnoreCase)
                ? Unix(section, url[UnixScheme.Length..]) ?? admin
                : Parse(section, url) ?? admin;
        }

        Certificate(section, admin, kestrel);
        admin = admin with { Hosts = Hosts(section), Token = Token(section), TokenFile = TokenFile(section) };
        section.End();
        foreach (var address in admin.Listen)
        {
            claims.Claim(address.Address, address.Port, section.PathOf("Url"), section.SourceOf("Url"));
            context.Machine?.Address(address, section.PathOf("Url"), section.SourceOf("Url"), context);
        }

        if (!admin.NeedsToken && admin.Listen.Any(address => address.Address is null || !IPAddress.IsLoopback(address.Address)))
        {
            section.Warn("Url", $"{admin.Listen[0]} can be reached from other machines, and there is no Token; whoever reaches it can stop functions. Add Token or TokenFile.");
        }

        return admin;
    }

    /// <summary>Returns what is wrong with a token, as a clause whose subject is the token; null if it is good.</summary>
    public static string? RefuseToken(string token) =>
        token.Length is < ShortestToken or > LongestToken ? $"has {token.Length} characters, and needs {ShortestToken} to {LongestToken}"
        // RFC 6750, section 2.1: the letters of b64token.
        : token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/' or '=') ? null
        : "has characters other than letters, digits and -._~+/=";

    private static string? Token(SectionReader section)
    {
        if (section.Text("Token", s_token) is not { } token)
        {
            return null;
        }

        // The message does not quote the token, since it goes to the log.
        if (RefuseToken(token) is { } refused)
        {
            section.Error("Token", $"the token {refused}; make one with: openssl rand -hex 32.");
        }

        return token;
    }

    private string? TokenFile(SectionReader section)
    {
        if (section.Text("TokenFile", s_file) is not { } path)
        {
            return null;
        }

        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            section.Error("TokenFile", $"{ReadContext.Quote(path)} is not a file's name.");
        }
        else if (section.Has("Token"))
        {
            section.Error("TokenFile", "there is a Token too; remove one of the two.");
        }
        else
        {
            context.Machine?.TokenFile(section, "TokenFile", path);
        }

        return path;
    }

    private static List<string> Hosts(SectionReader section)
    {
        var hosts = new List<string>();
        foreach (var item in section.List("Hosts", s_host))
        {
            var host = item.Value.ToLowerInvariant();
            var isAddress = IPAddress.TryParse(host.Trim('[', ']'), out var address);
            if (!isAddress && (Uri.CheckHostName(host) != UriHostNameType.Dns || host.Contains('*', StringComparison.Ordinal)))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is neither a host name nor an IP address; write it without a port, e.g. \"gateway.internal\".");
            }
            else
            {
                hosts.Add(isAddress ? address!.ToString() : host);
            }
        }

        return hosts;
    }

    private AdminOptions? Unix(SectionReader section, string path)
    {
        if (!path.StartsWith('/') || path.EndsWith('/') || path.Any(char.IsControl))
        {
            section.Error("Url", $"{ReadContext.Quote(UnixScheme + path)} is not the absolute path of a socket; write e.g. \"unix:///run/headstart/admin.sock\".");
            return null;
        }

        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestSocket)
        {
            section.Error("Url", $"the path is longer than {LongestSocket} bytes, which is the most that a socket's may have; choose a shorter one.");
            return null;
        }

        if (context.Machine is not null && Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
        {
            section.Error("Url", $"there is no folder '{folder}'; make it, or choose another path.");
        }

        return new AdminOptions { Url = new Uri(UnixScheme + path), Listen = [], Socket = path };
    }

    private static AdminOptions? Parse(SectionReader section, string url)
    {
        if (!ListenParser.TryParse(url, out var addresses, out var error))
        {
            section.Error("Url", error);
            return null;
        }

        var first = addresses[0];
        if (addresses.Any(address => address.Port != first.Port))
        {
            section.Error("Url", $"{ReadContext.Quote(url)} is not one address; the admin endpoint has one port, e.g. \"http://127.0.0.1:9090\".");
            return null;
        }

        // Uri has no '*', but [::] is the same socket. It has no interface behind an IPv6 address either, so that is left out.
        var host = addresses.Count > 1 ? "localhost" : (first.Address ?? IPAddress.IPv6Any) switch
        {
            { AddressFamily: AddressFamily.InterNetworkV6 } address => $"[{new IPAddress(address.GetAddressBytes())}]",
            var address => address.ToString(),
        };
        return new AdminOptions { Url = new Uri($"{first.Scheme}://{host}:{first.Port}"), Listen = addresses };
    }

    private void Certificate(SectionReader section, AdminOptions admin, ConfigurationNode? kestrel)
    {
        var certificate = section.Section("Certificate");
        KestrelCertificateReader.Read(certificate, context);
        var isHttps = admin.Listen.Any(address => address.IsHttps);
        if (!isHttps && section.HasContent("Certificate"))
        {
            section.Error("Certificate", "is for https, and the Url is not; remove it, or make the Url https.");
        }
        else if (isHttps && !section.HasContent("Certificate") && !KestrelReader.HasDefaultCertificate(kestrel))
        {
            section.Error("Url", "no certificate for https; add Certificate here or Kestrel:Certificates:Default, e.g. { \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }.");
        }
    }
}
