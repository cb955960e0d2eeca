using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>
/// Reads <c>scheme://host:port</c> as Kestrel understands it: <c>*</c> and <c>+</c> mean every address, <c>localhost</c> means both loopbacks, and
/// anything else is an IP address. Unlike Kestrel it accepts a range of ports, and refuses a missing port and host names, which Kestrel takes for
/// every address without a word.
/// </summary>
internal static class ListenParser
{
    /// <summary>What an address looks like.</summary>
    public static readonly TextFormat Written = new($"^{PatternOf("http", "https", ListenAddress.Tcp, ListenAddress.Tls)}$", "http://*:8081", "https://203.0.113.7:443", "tcp://*:5432", "tls://*:443");

    /// <summary>The pattern of an address of HTTP, with neither its begin nor its end.</summary>
    public static string Pattern => PatternOf("http", "https");

    private static string PatternOf(params string[] schemes) => TextFormat.Scheme(schemes) + @"[^/?#@\\]+:[0-9]+(?:-[0-9]+)?/?";

    /// <summary>Reads an address, and returns false if it is wrong.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="addresses">One address for each port, or two for localhost.</param>
    /// <param name="error">A sentence that says what is wrong.</param>
    /// <param name="mayBeBytes">Whether <c>tcp</c> and <c>tls</c> are schemes here.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out IReadOnlyList<ListenAddress>? addresses, [NotNullWhen(false)] out string? error, bool mayBeBytes = false)
    {
        addresses = null;
        error = Parse(text, mayBeBytes, out var scheme, out var hosts, out var first, out var last);
        if (error is not null)
        {
            return false;
        }

        addresses = [.. from port in Enumerable.Range(first, last - first + 1) from host in hosts select new ListenAddress(scheme, host, port)];
        return true;
    }

    private static string? Parse(string text, bool mayBeBytes, out string scheme, out IPAddress?[] hosts, out int first, out int last)
    {
        (scheme, hosts, first, last) = ("", [], 0, 0);
        var quoted = ReadContext.Quote(text);
        var parts = text.Split("://", 2);
        scheme = parts[0].ToLowerInvariant();
        if (parts.Length != 2 || !(scheme is "http" or "https" || (mayBeBytes && scheme is ListenAddress.Tcp or ListenAddress.Tls)))
        {
            return $"{quoted} is not an address; write e.g. \"http://*:8081\" or \"https://203.0.113.7:443\".";
        }

        // A slash at the end has no meaning, and comes with addresses that people paste.
        var authority = parts[1].EndsWith('/') ? parts[1][..^1] : parts[1];
        if (authority.AsSpan().IndexOfAny("/?#@\\") >= 0)
        {
            return $"{quoted} has more than scheme, host and port; write e.g. \"{scheme}://*:8081\".";
        }

        var colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.EndsWith(']'))
        {
            return $"{quoted} has no port; write e.g. \"{scheme}://{(authority.Length == 0 ? "*" : authority)}:8081\".";
        }

        if (!TryHosts(authority[..colon], out hosts))
        {
            return $"{quoted} has a host that is not *, localhost or an IP address (IPv6 in brackets); names belong in a route's Match:Hosts.";
        }

        return TryPorts(authority[(colon + 1)..], out first, out last)
            ? null
            : $"{quoted} has a port that is not a number from 1 to 65535 or a range such as 8100-8110.";
    }

    private static bool TryHosts(string host, out IPAddress?[] hosts)
    {
        hosts = host.ToLowerInvariant() switch
        {
            "*" or "+" => [null],
            "localhost" => [IPAddress.Loopback, IPAddress.IPv6Loopback],
            _ => [],
        };
        if (hosts.Length == 0 && TryLiteral(host, out var address))
        {
            // Kestrel opens [::] for IPv4 too, which makes it the same socket as *.
            hosts = [address.Equals(IPAddress.IPv6Any) ? null : address];
        }

        return hosts.Length > 0;
    }

    private static bool TryLiteral(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(host, out address))
        {
            return false;
        }

        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return bracketed;
        }

        // "1", "127.1" and "0x7f.0.0.1" can be parsed too, but hardly anybody means the addresses that they stand for.
        return host == address.ToString();
    }

    private static bool TryPorts(string text, out int first, out int last)
    {
        last = 0;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return TryPort(dash < 0 ? text : text[..dash], out first)
            && TryPort(dash < 0 ? text : text[(dash + 1)..], out last)
            && first <= last;
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= IPEndPoint.MaxPort;
}
