using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>
/// Reads <c>Connection</c>, which names the headers that are for one hop alone and that no proxy may pass on (RFC 9110, section 7.6.1). YARP itself
/// removes those that every proxy knows, whether they are named or not: Connection, Keep-Alive, Proxy-*, TE, Transfer-Encoding and Upgrade.
/// </summary>
internal static class ConnectionOptions
{
    /// <summary>
    /// Headers that are not removed when they are named, since they are for all recipients (section 7.6.1 forbids naming such) and a message without
    /// them would mean something else.
    /// </summary>
    private static readonly string[] Kept =
        ["Host", "Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "Content-Language", "Content-Location", "Date", "Cache-Control", "Set-Cookie"];

    /// <summary>Removes the headers that a request's <c>Connection</c> names.</summary>
    /// <param name="connection">The values of <c>Connection</c>.</param>
    /// <param name="headers">The headers of the outgoing request.</param>
    /// <param name="content">Those of its body, or null if it has none.</param>
    public static void Remove(StringValues connection, HttpRequestHeaders headers, HttpContentHeaders? content)
    {
        foreach (var value in connection)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                if (Name(value.AsSpan(range)) is { } name && !headers.Remove(name))
                {
                    content?.Remove(name);
                }
            }
        }
    }

    /// <summary>Returns the name in an option, or null if it is none that may be removed.</summary>
    /// <param name="option">One of the comma-separated options.</param>
    public static string? Name(ReadOnlySpan<char> option)
    {
        option = option.Trim();
        if (option.IsEmpty || IsUsual(option) || !Configuration.Policies.HeaderName.IsValid(option))
        {
            return null;
        }

        foreach (var kept in Kept)
        {
            if (option.Equals(kept, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }

        return option.ToString();
    }

    // These are no headers, or ones that the forwarder handles itself.
    private static bool IsUsual(ReadOnlySpan<char> option) =>
        option.Length <= 10 && (option.Equals("close", StringComparison.OrdinalIgnoreCase) || option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
            || option.Equals("upgrade", StringComparison.OrdinalIgnoreCase) || option.Equals("te", StringComparison.OrdinalIgnoreCase));
}
