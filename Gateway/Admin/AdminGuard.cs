using System.Net;
using Gateway.Configuration;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Admin;

/// <summary>
/// Decides whether the admin endpoint answers a request: whether it was meant for it, whether a web page of another site sent it through a
/// browser that can reach it, and whether its sender has the token.
/// </summary>
internal sealed class AdminGuard(ConfigurationMonitor configuration, AdminToken token)
{
    /// <summary>The largest body of a request, in bytes. No request needs one; some tools send <c>{}</c>.</summary>
    private const int LargestBody = 16 * 1024;

    /// <summary>
    /// What is answered without a token: whether the gateway lives, which those need who restart it, and the console's page, which holds nothing and
    /// asks for the token.
    /// </summary>
    private static readonly string[] Open = ["/healthz", "/readyz", "/"];

    /// <summary>Returns why a request is refused; null if it is not.</summary>
    public AdminRefusal? Refuse(HttpContext context)
    {
        var request = context.Request;
        var admin = configuration.Current.Admin;
        if (context.Connection.LocalIpAddress is { } dialled && !IsKnown(request.Host, admin, dialled))
        {
            return new AdminRefusal(StatusCodes.Status421MisdirectedRequest, "The Host is no name of the admin endpoint; add it to Gateway:Admin:Hosts if it should be one.");
        }

        if (IsFromAnotherSite(request))
        {
            return new AdminRefusal(StatusCodes.Status403Forbidden, "Not from another site.");
        }

        if (request.ContentLength > LargestBody)
        {
            return new AdminRefusal(StatusCodes.Status413PayloadTooLarge, "The body is too large; none is needed.");
        }

        // A body without a length is bounded when it is discarded.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = LargestBody;
        }

        return !admin.NeedsToken || Array.IndexOf(Open, request.Path.Value) >= 0 || token.Accepts(request.Headers.Authorization) ? null
            : new AdminRefusal(StatusCodes.Status401Unauthorized, "A bearer token is needed: Authorization: Bearer TOKEN.");
    }

    /// <summary>
    /// Returns whether a Host is a name of the endpoint. By DNS rebinding a page's own name may come to mean its address, so that the browser takes the
    /// endpoint for the page's own site. Addresses cannot be rebound, and a request without a Host comes from no browser.
    /// </summary>
    /// <param name="host">The request's Host.</param>
    /// <param name="admin">The options of the endpoint.</param>
    /// <param name="dialled">The address of this machine to which the client has connected.</param>
    internal static bool IsKnown(HostString host, AdminOptions admin, IPAddress dialled)
    {
        if (!host.HasValue)
        {
            return true;
        }

        var name = host.Host.EndsWith('.') ? host.Host[..^1] : host.Host;
        if (IPAddress.TryParse(name, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return IPAddress.IsLoopback(address) || address.Equals(dialled.IsIPv4MappedToIPv6 ? dialled.MapToIPv4() : dialled)
                || admin.Listen.Any(listen => address.Equals(listen.Address)) || admin.Hosts.Contains(address.ToString(), StringComparer.Ordinal);
        }

        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || admin.Hosts.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Returns whether a browser has sent a request for a page of another site. Browsers say so by Origin (Fetch standard, section 3.2) and by
    /// Sec-Fetch-Site (Fetch Metadata, section 2.3); other tools send neither. Following a link to the endpoint is allowed, since the page that has
    /// the link does not see what comes of it.
    /// </summary>
    internal static bool IsFromAnotherSite(HttpRequest request)
    {
        var (origin, site) = (request.Headers.Origin, request.Headers["Sec-Fetch-Site"]);
        if (origin.Count > 1 || site.Count > 1 || (origin is [{ } from] && !IsSameOrigin(from, request.Host)))
        {
            return true;
        }

        return site is [{ } word] && word is not ("same-origin" or "none")
            && !(HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] is ["navigate"] && request.Headers["Sec-Fetch-Dest"] is ["document"]);
    }

    // The scheme is left out, because a proxy in front of the endpoint may have ended TLS.
    private static bool IsSameOrigin(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.AbsolutePath is "/" && from.Query.Length == 0
        && from.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase) && from.Port == (host.Port ?? (from.Scheme == Uri.UriSchemeHttps ? 443 : 80));
}

/// <summary>Why a request is not answered.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Detail">A sentence.</param>
internal sealed record AdminRefusal(int Status, string Detail);
