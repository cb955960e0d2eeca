using System.Buffers;

namespace Gateway.Configuration.Proxy;

/// <summary>Reads a route's <c>Transforms</c>, a list of objects. YARP judges each on its own, so that its mistakes have its path.</summary>
internal static class TransformsReader
{
    private const string Key = "Transforms";

    /// <summary>The keys that name a transform. YARP has no list of them, so a test compares this one with YARP's factories.</summary>
    public static readonly IReadOnlyList<string> Known =
    [
        "PathPrefix", "PathRemovePrefix", "PathSet", "PathPattern",
        "QueryValueParameter", "QueryRouteParameter", "QueryRemoveParameter", "HttpMethodChange",
        "RequestHeadersCopy", "RequestHeaderOriginalHost", "RequestHeader", "RequestHeaderRouteValue", "RequestHeaderRemove", "RequestHeadersAllowed",
        "X-Forwarded", "Forwarded", "ClientCert",
        "ResponseHeadersCopy", "ResponseHeader", "ResponseHeaderRemove", "ResponseHeadersAllowed",
        "ResponseTrailersCopy", "ResponseTrailer", "ResponseTrailerRemove", "ResponseTrailersAllowed",
    ];

    /// <summary>The transforms whose value is the name of a header, or several.</summary>
    private static readonly string[] NamingHeaders =
    [
        "RequestHeader", "RequestHeaderRouteValue", "RequestHeaderRemove", "RequestHeadersAllowed", "ClientCert",
        "ResponseHeader", "ResponseHeaderRemove", "ResponseHeadersAllowed", "ResponseTrailer", "ResponseTrailerRemove", "ResponseTrailersAllowed",
    ];

    /// <summary>The characters of a header's name: tchar of RFC 9110, section 5.6.2.</summary>
    private static readonly SearchValues<char> Token =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~");

    /// <summary>Reads the list.</summary>
    /// <returns>Returns the transforms. As in YARP, it is null if there are none.</returns>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>>? Read(SectionReader section, ReadContext context)
    {
        var transforms = new List<IReadOnlyDictionary<string, string>>();
        foreach (var item in section.Objects(Key))
        {
            if (One(item, context) is { } transform)
            {
                transforms.Add(transform);
            }
        }

        return transforms.Count == 0 ? null : transforms;
    }

    /// <summary>Returns a transform, or null if it is wrong.</summary>
    private static Dictionary<string, string>? One(SectionReader item, ReadContext context)
    {
        var errors = context.Errors.Count;
        var transform = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, text) in item.AnyTexts(Known))
        {
            // YARP expects texts, and a null would make it fail.
            if (text is not null)
            {
                transform[name] = text;
            }
            else if (item.Node?.Find(name) is { HasChildren: false })
            {
                item.Error(name, "expected a text, found null.");
            }
        }

        if (context.Errors.Count > errors)
        {
            return null;
        }

        Judge(item, transform);
        return context.Errors.Count == errors ? transform : null;
    }

    private static void Judge(SectionReader item, Dictionary<string, string> transform)
    {
        if (transform.Count == 0)
        {
            item.Error("an empty transform; write one, e.g. { \"PathRemovePrefix\": \"/api\" }, or remove it.");
        }
        else if (ProxyRules.Shared.JudgeTransform(transform) is not { } errors)
        {
            var near = transform.Keys.Select(key => Suggestion.For(key, Known)).FirstOrDefault(word => word is not null);
            item.Error($"unknown transform {ReadContext.Quote(string.Join(", ", transform.Keys))}; {(near is null ? $"known are {string.Join(", ", Known)}." : $"did you mean '{near}'?")}");
        }
        else if (errors.Count > 0)
        {
            foreach (var error in errors)
            {
                item.Error(error);
            }
        }
        else
        {
            Headers(item, transform);
        }
    }

    // YARP accepts any text as the name of a header, but then no header is set.
    private static void Headers(SectionReader item, Dictionary<string, string> transform)
    {
        foreach (var key in NamingHeaders.Where(transform.ContainsKey))
        {
            var names = transform[key].Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (names.Length == 0 || Array.Exists(names, name => name.AsSpan().ContainsAnyExcept(Token)) || (names.Length > 1 && !key.EndsWith("Allowed", StringComparison.Ordinal)))
            {
                item.Error(key, $"{ReadContext.Quote(transform[key])} is not a header's name; it has letters, digits and '-'.");
            }
        }

        foreach (var key in (string[])["Set", "Append"])
        {
            if (transform.TryGetValue(key, out var value) && value.Any(char.IsControl))
            {
                item.Error(key, "holds a control character, which no header, path or query may; remove it.");
            }
        }
    }
}
