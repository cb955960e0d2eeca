using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;

namespace Gateway.CommandLine.Explain;

/// <summary>What is asked: who sends what to where.</summary>
/// <param name="From">The client's address.</param>
/// <param name="FromPort">Its port, or 0.</param>
/// <param name="To">The address that it dials, or <see cref="IPAddress.Any"/> if a URL names it by a host name.</param>
/// <param name="Port">The port that it dials.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>, or null if only the address is known.</param>
/// <param name="Sni">The server name of its ClientHello, or null.</param>
/// <param name="Host">The Host of its request, or null.</param>
/// <param name="Target">The path of its request, and its query.</param>
/// <param name="SynId">The id in its SYN, or null.</param>
internal sealed record Question(IPAddress From, int FromPort, IPAddress To, int Port, string? Scheme, string? Sni, string? Host, string Target, string? SynId)
{
    /// <summary>Gets the address that is dialled, as users write it.</summary>
    public string Address => To.Equals(IPAddress.Any) ? string.Create(CultureInfo.InvariantCulture, $"*:{Port}") : new IPEndPoint(To, Port).ToString();

    /// <summary>Gets the Host of the request. Who names none has called the address.</summary>
    public string HostOrAddress => Host ?? (Sni is not null ? Sni : Address.TrimStart('*'));

    /// <summary>Gets the path without the query.</summary>
    public string Path => Target.Split('?', 2)[0];

    /// <summary>Gets the query with its question mark, or an empty text.</summary>
    public string Query => Target[Path.Length..];

    /// <summary>Makes the question of what the command line says.</summary>
    /// <exception cref="CommandException">It says something that cannot be.</exception>
    public static Question Of(string from, string to, string? sni, string? host, string? path, string? synId)
    {
        var (source, sourcePort) = Source(from);
        var asked = to.Contains("://", StringComparison.Ordinal) ? OfUrl(to) : OfAddress(to);
        Check(sni is null || (HostHeader.IsValid(sni) && !sni.Contains(':', StringComparison.Ordinal)), $"--sni: '{sni}' is no server name; write e.g. hello.example.");
        Check(host is null || HostHeader.IsValid(host), $"--host: '{host}' is no host; write e.g. hello.example or hello.example:8443.");
        Check(path is null || path.StartsWith('/'), $"--path: '{path}' is no path; it begins with a slash.");
        Check(synId is null || FunctionReader.JudgeSynId(synId) is null, $"--syn-id: {(synId is null ? "" : FunctionReader.JudgeSynId(synId))}");
        return asked with { From = source, FromPort = sourcePort, Sni = sni ?? asked.Sni, Host = host ?? asked.Host, Target = path ?? asked.Target, SynId = synId };
    }

    private static (IPAddress Address, int Port) Source(string text)
    {
        Check(TryEndpoint(text, out var endpoint), $"FROM: '{text}' is no address; write a client's address or address:port, e.g. 198.51.100.4 or [2001:db8::4]:51234.");
        return (endpoint!.Address, endpoint.Port);
    }

    private static Question OfAddress(string text)
    {
        Check(TryEndpoint(text, out var endpoint) && endpoint!.Port > 0, $"TO: '{text}' is no address with a port and no URL; write e.g. 203.0.113.7:443 or https://hello.example/.");
        return new Question(IPAddress.None, 0, endpoint!.Address, endpoint.Port, Scheme: null, Sni: null, Host: null, "/", SynId: null);
    }

    private static Question OfUrl(string text)
    {
        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0 && url.UserInfo.Length == 0;
        Check(isUrl, $"TO: '{text}' is no URL of http or https; write e.g. https://hello.example/x.");
        var isName = url!.HostNameType == UriHostNameType.Dns;
        var authority = url.IsDefaultPort ? url.IdnHost : string.Create(CultureInfo.InvariantCulture, $"{url.IdnHost}:{url.Port}");
        // A server name is never an address (RFC 6066, section 3).
        return new Question(
            IPAddress.None, 0, url.IdnHost == "localhost" ? IPAddress.Loopback : isName ? IPAddress.Any : IPAddress.Parse(url.Host.Trim('[', ']')), url.Port, url.Scheme,
            isName && url.Scheme == "https" ? url.IdnHost : null, isName ? authority : null, url.PathAndQuery, SynId: null);
    }

    // IPAddress takes "80" for 0.0.0.80.
    private static bool TryEndpoint(string text, out IPEndPoint? endpoint) =>
        IPEndPoint.TryParse(text, out endpoint) && (endpoint.AddressFamily == AddressFamily.InterNetworkV6 || text.Count(c => c == '.') == 3);

    private static void Check(bool isRight, string sentence)
    {
        if (!isRight)
        {
            throw new CommandException(sentence, ExitCodes.CannotStart);
        }
    }
}
