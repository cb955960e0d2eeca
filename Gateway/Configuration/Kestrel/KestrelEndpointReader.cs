using System.Net;
using System.Net.Quic;
using Gateway.Configuration.Schema;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Configuration.Kestrel;

/// <summary>Reads one of the user's endpoints: its address, its protocols and its certificates.</summary>
/// <param name="context">Takes errors and warnings.</param>
/// <param name="hasDefault">Whether there is a default certificate.</param>
internal sealed class KestrelEndpointReader(ReadContext context, bool hasDefault)
{
    private const string Certificate = "Certificate";

    private static readonly string[] Protocols = [.. Enum.GetNames<HttpProtocols>().Where(name => name != nameof(HttpProtocols.None))];

    private static readonly TextFormat s_url = new($"^{TextFormat.Scheme("http", "https")}.+$", "http://*:80", "https://*:443");
    private static readonly TextFormat s_serverName = new(@"^(?:\*|(?:\*\.)?[^ *:/\[\]]+)$", "hello.example", "*");
    private static readonly TextFormat s_protocols = new(Several(Protocols), Protocols);

    /// <summary>The keys of an endpoint that have no meaning without TLS.</summary>
    private static readonly string[] ForTls = ["SslProtocols", "ClientCertificateMode", "Sni", Certificate];

    /// <summary>Reads an endpoint.</summary>
    /// <returns>Returns the address of the endpoint, or null if it is missing or wrong.</returns>
    public BindingAddress? Read(SectionReader section)
    {
        var binding = Url(section);
        var protocols = Speech(section);
        var certificate = section.Section(Certificate);
        KestrelCertificateReader.Read(certificate, context);
        var names = section.Named("Sni", s_serverName);
        foreach (var name in names)
        {
            ServerName(section, name, certificate.Node.HasContent());
        }

        section.End();
        if (binding is not null)
        {
            Fit(section, binding.Scheme == Uri.UriSchemeHttps, protocols, certificate.Node.HasContent() || names.Count > 0);
        }

        return binding;
    }

    /// <summary>Reads the defaults of endpoints.</summary>
    public static void Defaults(SectionReader section)
    {
        Speech(section);
        section.End();
    }

    private static HttpProtocols? Speech(SectionReader section)
    {
        section.TlsVersions("SslProtocols");
        section.Word<ClientCertificateMode>("ClientCertificateMode");
        const string Key = "Protocols";
        HttpProtocols? all = null;
        foreach (var word in section.Text(Key, s_protocols)?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            if (Array.Find(Protocols, name => name.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                all = (all ?? HttpProtocols.None) | Enum.Parse<HttpProtocols>(known);
            }
            else
            {
                section.Error(Key, $"{ReadContext.Quote(word)} is not one of {string.Join(", ", Protocols)}{(Suggestion.For(word, Protocols) is { } near ? $"; did you mean '{near}'?" : ".")}");
            }
        }

        if (all?.HasFlag(HttpProtocols.Http3) == true && !QuicListener.IsSupported)
        {
            section.Error(Key, "HTTP/3 needs QUIC, which this machine does not have; install libmsquic, or leave Http3 out.");
        }

        return all;
    }

    /// <summary>Returns a pattern of one of the words, or several with commas between them.</summary>
    private static string Several(IEnumerable<string> words)
    {
        var word = $@"\s*(?:{string.Join('|', words.Select(TextFormat.AnyCase))})\s*";
        return $"^{word}(?:,{word})*$";
    }

    private static BindingAddress? Url(SectionReader section)
    {
        const string Key = "Url";
        if (section.Text(Key, s_url) is not { Length: > 0 } text)
        {
            if (!section.HasNeededContent(Key))
            {
                section.Error(Key, "no Url; write where to listen, e.g. \"http://*:80\".");
            }

            return null;
        }

        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(text);
        }
        catch (FormatException)
        {
            section.Error(Key, $"{ReadContext.Quote(text)} is not an address; write e.g. \"http://*:80\".");
            return null;
        }

        if (Refusal(binding) is { } sentence)
        {
            section.Error(Key, $"{ReadContext.Quote(text)} {sentence}");
            return null;
        }

        if (IsName(binding))
        {
            section.Warn(Key, $"{ReadContext.Quote(text)} is every address to Kestrel; write *, localhost or an IP address, and names in a route's Match:Hosts.");
        }

        return binding;
    }

    private static string? Refusal(BindingAddress binding)
    {
        if (!binding.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase) && !binding.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase))
        {
            return "is neither http nor https; write e.g. \"http://*:80\".";
        }

        if (binding.IsNamedPipe)
        {
            return "is a pipe of Windows; write e.g. \"http://unix:/run/gateway.sock\".";
        }

        if (!binding.IsUnixPipe && binding.PathBase.Length > 0)
        {
            return "has a path, which an endpoint cannot have; routes match paths.";
        }

        if (!binding.IsUnixPipe && binding.Port is < 0 or > IPEndPoint.MaxPort)
        {
            return "has a port that is not a number from 0 to 65535.";
        }

        return null;
    }

    // Kestrel takes any host name for every address.
    private static bool IsName(BindingAddress binding) =>
        !binding.IsUnixPipe && binding.Host is not ("*" or "+") && !binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(binding.Host, out _);

    private void ServerName(SectionReader endpoint, ConfigurationNode node, bool hasOwn)
    {
        var section = new SectionReader(node, $"{endpoint.PathOf("Sni")}:{node.Name}", node.Source, context);
        if (node.Name != "*" && (!Proxy.RouteMatchReader.TryServerName(node.Name, out var host) || host.Length == 0 || node.Name.Contains(':', StringComparison.Ordinal)))
        {
            section.Error($"{ReadContext.Quote(node.Name)} is not a server name; write e.g. \"hello.example\", \"*.hello.example\" or \"*\".");
        }

        Speech(section);
        var certificate = section.Section(Certificate);
        KestrelCertificateReader.Read(certificate, context);
        section.End();
        if (!certificate.Node.HasContent() && !hasOwn && !hasDefault)
        {
            section.Error("no Certificate, and neither its endpoint nor Kestrel:Certificates:Default has one; add e.g. { \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }.");
        }
    }

    private void Fit(SectionReader section, bool https, HttpProtocols? protocols, bool hasCertificate)
    {
        if (!https)
        {
            foreach (var key in ForTls.Where(section.HasContent))
            {
                section.Error(key, "is for https, and the Url is http; remove it, or make the Url https.");
            }

            if (protocols?.HasFlag(HttpProtocols.Http3) == true)
            {
                section.Error("Protocols", "HTTP/3 needs https; leave Http3 out, or make the Url https.");
            }
        }
        else if (!hasCertificate && !hasDefault && context.Machine?.HasDeveloperCertificate == false)
        {
            section.Error("no Certificate, and there is no Kestrel:Certificates:Default; add one, e.g. { \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }.");
        }
    }
}
