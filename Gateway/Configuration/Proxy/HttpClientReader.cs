using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads a cluster's <c>HttpClient</c> and <c>HttpRequest</c>.</summary>
internal static class HttpClientReader
{
    private static readonly string[] Versions = ["1.0", "1.1", "2", "2.0", "3", "3.0"];

    /// <summary>The schemes of proxies that HttpClient supports.</summary>
    private static readonly AddressKind s_proxy = new("proxy.example:3128", "http", "https", "socks4", "socks4a", "socks5");

    /// <summary>Reads <c>HttpClient</c>.</summary>
    /// <returns>Returns null if the section is missing or empty.</returns>
    public static HttpClientConfig? Read(SectionReader section)
    {
        var client = new HttpClientConfig
        {
            SslProtocols = section.TlsVersions(nameof(HttpClientConfig.SslProtocols)),
            DangerousAcceptAnyServerCertificate = section.Flag(nameof(HttpClientConfig.DangerousAcceptAnyServerCertificate)),
            MaxConnectionsPerServer = section.Integer(nameof(HttpClientConfig.MaxConnectionsPerServer), 1, int.MaxValue),
            EnableMultipleHttp2Connections = section.Flag(nameof(HttpClientConfig.EnableMultipleHttp2Connections)),
            RequestHeaderEncoding = section.CharacterEncoding(nameof(HttpClientConfig.RequestHeaderEncoding)),
            ResponseHeaderEncoding = section.CharacterEncoding(nameof(HttpClientConfig.ResponseHeaderEncoding)),
            WebProxy = WebProxy(section.Section(nameof(HttpClientConfig.WebProxy))),
        };
        section.End();
        return section.Node.HasContent() ? client : null;
    }

    /// <summary>Reads <c>HttpRequest</c>.</summary>
    /// <returns>Returns null if the section is missing or empty.</returns>
    public static ForwarderRequestConfig? Request(SectionReader section)
    {
        var request = new ForwarderRequestConfig
        {
            ActivityTimeout = section.Timer(nameof(ForwarderRequestConfig.ActivityTimeout)),
            Version = section.WordOrEmpty(nameof(ForwarderRequestConfig.Version), Versions) is { } version
                ? Version.Parse(version.Contains('.', StringComparison.Ordinal) ? version : version + ".0")
                : null,
            VersionPolicy = section.Word<HttpVersionPolicy>(nameof(ForwarderRequestConfig.VersionPolicy)),
            AllowResponseBuffering = section.Flag(nameof(ForwarderRequestConfig.AllowResponseBuffering)),
        };
        section.End();
        return section.Node.HasContent() ? request : null;
    }

    private static WebProxyConfig? WebProxy(SectionReader section)
    {
        var proxy = new WebProxyConfig
        {
            Address = section.Address(nameof(WebProxyConfig.Address), s_proxy),
            BypassOnLocal = section.Flag(nameof(WebProxyConfig.BypassOnLocal)),
            UseDefaultCredentials = section.Flag(nameof(WebProxyConfig.UseDefaultCredentials)),
        };
        section.End();
        return section.Node.HasContent() ? proxy : null;
    }
}
