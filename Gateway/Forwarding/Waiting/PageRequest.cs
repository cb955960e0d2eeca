using Gateway.Configuration.Pages;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Forwarding.Waiting;

/// <summary>What a request gets instead of waiting for a slow start.</summary>
internal enum PageKind
{
    /// <summary>Nothing: it waits.</summary>
    None,

    /// <summary>The waiting page.</summary>
    Html,

    /// <summary>The state of the start as JSON.</summary>
    Json,
}

/// <summary>
/// Tells which requests get the waiting page: those by which a browser goes to a page. All others wait, since what sent them can do nothing with a page: images and scripts,
/// the requests of a page's own scripts, gRPC, upgrades, ranges, uploads, and whatever is no GET.
/// </summary>
internal static class PageRequest
{
    /// <summary>Returns what a request gets.</summary>
    /// <param name="request">The request.</param>
    /// <param name="page">The function's page, or null if it has none.</param>
    public static PageKind KindOf(HttpRequest request, PageOptions? page)
    {
        if (page is null || !HttpMethods.IsGet(request.Method) || !IsPlain(request))
        {
            return PageKind.None;
        }

        // Browsers say what a request is for (Fetch Metadata, sections 2.1 and 2.2), if it goes to an address that they trust: by TLS, or to their own machine.
        var (mode, destination) = (request.Headers["Sec-Fetch-Mode"], request.Headers["Sec-Fetch-Dest"]);
        if (mode is not ([] or ["navigate"]) || destination is not ([] or ["document"]))
        {
            return PageKind.None;
        }

        return AcceptedTypes.PreferHtml(request) ? PageKind.Html
            : page.Json && !IsScripts(request) && AcceptedTypes.PreferJson(request) ? PageKind.Json
            : PageKind.None;
    }

    private static bool IsPlain(HttpRequest request)
    {
        var headers = request.Headers;
        return headers.Range.Count == 0 && headers.Upgrade.Count == 0 && headers.XRequestedWith.Count == 0
            // A page that is fetched ahead (Speculation Rules) is not looked at.
            && headers["Sec-Purpose"].Count == 0
            && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };
    }

    // A script of a page is in a browser, which says whence it asks where it does not say what for.
    private static bool IsScripts(HttpRequest request) =>
        request.Headers["Sec-Fetch-Mode"].Count > 0 || request.Headers.Referer.Count > 0 || request.Headers.Origin.Count > 0;
}
