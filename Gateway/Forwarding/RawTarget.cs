using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// Sends the path and query of a request as its client wrote them. ASP.NET Core decodes the path, except <c>%2F</c>, and YARP encodes
/// it again. <c>/@scope%2fpkg</c> and <c>/@scope%252fpkg</c> are one path in between, so that a function would get <c>%252f</c> for both.
/// </summary>
/// <remarks>
/// Except for its encoding, the target that is sent is the one that routing saw: dot segments are removed, and bytes that no target may have
/// (RFC 9112, section 3.2: controls, '#', everything beyond ASCII) are percent-encoded, so that no server reads a second request in them.
/// </remarks>
internal static class RawTarget
{
    // These are the visible characters of ASCII without '#', at which some servers end the path.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != '#')));

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Returns the address to send a request to. Its <see cref="Uri.PathAndQuery"/> has the bytes unchanged.</summary>
    /// <param name="request">The client's request.</param>
    /// <param name="destination">The destination's scheme, host, port and base path.</param>
    /// <param name="path">The decoded path that the transforms made of the request's path.</param>
    /// <param name="changedQuery">The query that the transforms made of the request's query; null if they did not change it.</param>
    /// <returns>Returns null if the bytes are not known. YARP makes the address then.</returns>
    public static Uri? Address(HttpRequest request, string destination, PathString path, QueryString? changedQuery)
    {
        if (request.PathBase.HasValue || destination.AsSpan().ContainsAnyExcept(Plain) || destination.Contains('?', StringComparison.Ordinal)
            || OriginForm(request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget) is not { } raw)
        {
            return null;
        }

        var prefix = destination.EndsWith('/') ? destination.AsSpan(0, destination.Length - 1) : destination;
        var length = raw.IndexOf('?', StringComparison.Ordinal);
        var rawPath = length < 0 ? raw : raw.AsSpan(0, length);
        var (seen, sent) = (request.Path.Value ?? "", path.Value ?? "");
        // Nothing was encoded, removed or changed, which is nearly always so.
        var target = changedQuery is null && seen == sent && rawPath.SequenceEqual(seen)
            ? raw
            : Path(rawPath.ToString(), seen, sent, destination) + (changedQuery?.ToUriComponent() ?? raw[rawPath.Length..]);
        return new Uri(string.Concat(prefix, Clean(target)), AsWritten);
    }

    // Removes scheme and authority of the absolute-form (RFC 9112, section 3.2.2).
    private static string? OriginForm(string? target)
    {
        if (target is not { Length: > 0 })
        {
            return null;
        }

        if (target[0] == '/')
        {
            return target;
        }

        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority < 0)
        {
            return null;
        }

        var end = target.AsSpan(authority + 3).IndexOfAny('/', '?');
        var origin = end < 0 ? "/" : target[(authority + 3 + end)..];
        return origin[0] == '/' ? origin : "/" + origin;
    }

    private static string Path(string raw, string seen, string path, string destination)
    {
        if (path.Length == 0)
        {
            return destination.EndsWith('/') || !destination.AsSpan("https://".Length).Contains('/') ? "/" : "";
        }

        if (EncodedPath.HasDotSegments(raw))
        {
            raw = EncodedPath.WithoutDotSegments(raw);
        }

        if (!EncodedPath.Means(raw, seen))
        {
            return Encode(path);
        }

        if (path == seen)
        {
            return raw;
        }

        // A transform added a prefix or removed one.
        if (path.EndsWith(seen, StringComparison.Ordinal))
        {
            return Encode(path[..^seen.Length]) + raw;
        }

        return seen.EndsWith(path, StringComparison.Ordinal) && EncodedPath.Tail(raw, path.Count('/')) is { } tail && EncodedPath.Means(tail, path)
            ? tail
            : Encode(path);
    }

    // This is how YARP joins them.
    private static string Encode(string path) =>
        RequestUtilities.MakeDestinationAddress("http://path.invalid", path, QueryString.Empty).AbsolutePath;

    private static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 16);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && Plain.Contains((char)rune.Value))
            {
                clean.Append((char)rune.Value);
                continue;
            }

            foreach (var octet in bytes[..rune.EncodeToUtf8(bytes)])
            {
                clean.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return clean.ToString();
    }
}
