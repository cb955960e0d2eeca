namespace Gateway.Forwarding;

/// <summary>Tells what a client wants to read (RFC 9110, section 12.5.1). Browsers name the type when they ask for a page; programs and scripts send */* or what they can read.</summary>
internal static class AcceptedTypes
{
    /// <summary>Returns whether a request names HTML, and JSON not with a higher quality.</summary>
    public static bool PreferHtml(HttpRequest request)
    {
        var (html, json) = Qualities(request);
        return html > 0 && html >= json;
    }

    /// <summary>Returns whether a request names JSON, and HTML only with a lower quality.</summary>
    public static bool PreferJson(HttpRequest request)
    {
        var (html, json) = Qualities(request);
        return json > html;
    }

    private static (double Html, double Json) Qualities(HttpRequest request)
    {
        var accept = request.GetTypedHeaders().Accept;
        return (Quality("text/html"), Math.Max(Quality("application/json"), Quality("application/problem+json")));

        double Quality(string type) => accept.Where(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Select(range => range.Quality ?? 1).DefaultIfEmpty(0).Max();
    }
}
