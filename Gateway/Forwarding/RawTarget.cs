using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// The path and query of a request as its client wrote them. ASP.NET Core decodes the path, all but <c>%2F</c>, and YARP encodes
/// it again: <c>/@scope%2fpkg</c> and <c>/@scope%252fpkg</c> are one path in between, and a function gets <c>%252f</c> for both.
/// </summary>
/// <remarks>
/// What is sent is what routing saw, but for its encoding: dot segments are gone, and bytes that no target may have (RFC 9112,
/// section 3.2: controls, '#', all beyond ASCII) are percent-encoded, so that nobody reads a second request in them.
/// </remarks>
internal static class RawTarget
{
    // Visible ASCII without '#', behind which some servers see no path any more.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != '#')));

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The address to send a request to, whose path and query <see cref="Uri.PathAndQuery"/> gives as they are here.</summary>
    /// <param name="request">The client's.</param>
    /// <param name="destination">The destination's scheme, host, port and base path.</param>
    /// <param name="path">The path that the transforms made of the request's, decoded.</param>
    /// <param name="changedQuery">The query that the transforms made of the request's; null: none did.</param>
    /// <returns>Null where the bytes cannot be told: YARP makes the address.</returns>
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
        // Nothing was encoded, taken away or changed: nearly always.
        var target = changedQuery is null && seen == sent && rawPath.SequenceEqual(seen)
            ? raw
            : Path(rawPath.ToString(), seen, sent, destination) + (changedQuery?.ToUriComponent() ?? raw[rawPath.Length..]);
        return new Uri(string.Concat(prefix, Clean(target)), AsWritten);
    }

    // Absolute-form (RFC 9112, section 3.2.2) without scheme and authority.
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

        // A prefix put before it, or taken away.
        if (path.EndsWith(seen, StringComparison.Ordinal))
        {
            return Encode(path[..^seen.Length]) + raw;
        }

        return seen.EndsWith(path, StringComparison.Ordinal) && EncodedPath.Tail(raw, path.Count('/')) is { } tail && EncodedPath.Means(tail, path)
            ? tail
            : Encode(path);
    }

    // As YARP does it.
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
