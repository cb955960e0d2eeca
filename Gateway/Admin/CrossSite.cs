using System.Net;

namespace Gateway.Admin;

/// <summary>Keeps web pages from waking and stopping functions through a browser that can reach the admin address.</summary>
internal static class CrossSite
{
    /// <summary>Returns whether a request is refused because a page of another site sent it.</summary>
    /// <param name="request">A POST. Browsers send the page's origin with it (Fetch standard, section 3.2); other tools do not.</param>
    /// <param name="admin">The configured address.</param>
    public static bool Refuses(HttpRequest request, Uri admin) =>
        request.Headers.Origin is [{ } origin] && !(IsSameOrigin(origin, request.Host) && IsOwnName(request.Host.Host, admin));

    private static bool IsSameOrigin(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == host.Value;

    // By DNS rebinding a page's host name, and with it its origin, may come to mean the admin address. An IP address cannot be rebound. If the
    // endpoint listens on every address, it may be reached by names that the gateway does not know.
    private static bool IsOwnName(string host, Uri admin) =>
        IPAddress.TryParse(host, out _) || host == "localhost" || host.Equals(admin.Host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(admin.Host, out var listens) && (listens.Equals(IPAddress.Any) || listens.Equals(IPAddress.IPv6Any)));
}
