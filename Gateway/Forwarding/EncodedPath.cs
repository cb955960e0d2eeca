using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Forwarding;

/// <summary>Compares paths with their percent-encoding to the decoded ones that ASP.NET Core makes of them.</summary>
internal static class EncodedPath
{
    /// <summary>The longest encoding of one character: four octets of UTF-8.</summary>
    private const int LongestSequence = 4;

    /// <summary>Returns whether a segment may be "." or "..", encoded or not. It may return true for a path without one.</summary>
    public static bool HasDotSegments(string raw) =>
        raw.Contains("/.", StringComparison.Ordinal) || raw.Contains("/%2e", StringComparison.OrdinalIgnoreCase);

    /// <summary>Removes dot segments (RFC 3986, section 5.2.4). An encoded dot counts as a dot.</summary>
    public static string WithoutDotSegments(string raw)
    {
        var kept = new List<string>();
        string[] segments = [.. raw.Split('/').Skip(1)];
        for (var i = 0; i < segments.Length; i++)
        {
            var isLast = i == segments.Length - 1;
            switch (segments[i].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase))
            {
                case ".":
                    break;
                case "..":
                    if (kept.Count > 0)
                    {
                        kept.RemoveAt(kept.Count - 1);
                    }

                    break;
                default:
                    kept.Add(segments[i]);
                    continue;
            }

            if (isLast)
            {
                kept.Add("");
            }
        }

        return "/" + string.Join('/', kept);
    }

    /// <summary>Returns the end of a path that begins with a slash and has a number of slashes. Returns null if the path has fewer.</summary>
    public static string? Tail(string raw, int slashes)
    {
        var start = raw.Length;
        for (; slashes > 0 && start > 0; slashes--)
        {
            start = raw.LastIndexOf('/', start - 1);
            if (start < 0)
            {
                return null;
            }
        }

        return slashes > 0 ? null : raw[start..];
    }

    /// <summary>
    /// Returns whether decoding <paramref name="raw"/> as ASP.NET Core does gives <paramref name="path"/>. <c>%2F</c>, and anything that is not
    /// an encoding of UTF-8, stays as it is.
    /// </summary>
    public static bool Means(string raw, string path)
    {
        var left = raw.AsSpan();
        var right = path.AsSpan();
        while (!left.IsEmpty)
        {
            if (left[0] == '%' && Decode(left, out var used) is { } rune && !IsSlash(rune) && Begins(right, rune))
            {
                left = left[used..];
                right = right[rune.Utf16SequenceLength..];
            }
            else if (!right.IsEmpty && left[0] == right[0])
            {
                left = left[1..];
                right = right[1..];
            }
            else
            {
                return false;
            }
        }

        return right.IsEmpty;
    }

    private static bool IsSlash(Rune rune) => rune.Value == '/';

    private static bool Begins(ReadOnlySpan<char> text, Rune rune) => Rune.DecodeFromUtf16(text, out var first, out _) == OperationStatus.Done && first == rune;

    private static Rune? Decode(ReadOnlySpan<char> text, out int used)
    {
        Span<byte> octets = stackalloc byte[LongestSequence];
        var count = 0;
        while (count < LongestSequence && text.Length >= (count * 3) + 3 && text[count * 3] == '%'
            && byte.TryParse(text.Slice((count * 3) + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octets[count]))
        {
            count++;
        }

        var isRune = Rune.DecodeFromUtf8(octets[..count], out var rune, out var length) == OperationStatus.Done;
        used = length * 3;
        return isRune ? rune : null;
    }
}
