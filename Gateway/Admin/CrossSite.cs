using System.Net;

namespace Gateway.Admin;

/// <summary>Keeps a page somewhere on the web from waking and stopping functions through a browser that can reach the admin address.</summary>
internal static class CrossSite
{
    /// <param name="request">A POST. Browsers name the page's origin with it (Fetch standard, section 3.2); tools do not.</param>
    /// <param name="admin">The configured address.</param>
    public static bool Refuses(HttpRequest request, Uri admin) =>
        request.Headers.Origin is [{ } origin] && !(IsSameOrigin(origin, request.Host) && IsOurName(request.Host.Host, admin));

    private static bool IsSameOrigin(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == host.Value;

    // DNS rebinding: a page's own host name may come to mean our address, and is then its origin. An address means nothing else;
    // whoever opened the endpoint to every address may reach it by names that we do not know.
    private static bool IsOurName(string host, Uri admin) =>
        IPAddress.TryParse(host, out _) || host == "localhost" || host.Equals(admin.Host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(admin.Host, out var listens) && (listens.Equals(IPAddress.Any) || listens.Equals(IPAddress.IPv6Any)));
}
