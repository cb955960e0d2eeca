using System.Globalization;
using System.Net;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Checks texts for a Host header, which is a host and, after a colon, an optional port (RFC 9110, section 7.2).</summary>
internal static class HostHeader
{
    /// <summary>What such a text looks like.</summary>
    public static readonly TextFormat Written = new(@"^(?:[A-Za-z0-9._-]+|\[.*\])(?::[0-9]+)?$", "hello.example");

    /// <summary>Tells whether a text can be the value of a Host header.</summary>
    public static bool IsValid(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && !text.EndsWith(']');
        return (!hasPort || (ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0))
            && IsHost(hasPort ? text[..colon] : text);
    }

    private static bool IsHost(string host) => host.StartsWith('[')
        ? host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out _)
        : host.Length > 0 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
