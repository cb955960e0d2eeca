using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding;

/// <summary>The last transform of a request. It sets the bytes of the target and, for a function, the Host and the version of HTTP.</summary>
/// <param name="versions">Chooses the version; null if the destination is not a function.</param>
/// <param name="keepsHost">Whether the client's Host is kept: the destination is a function, and no transform sets another one.</param>
/// <param name="mayChangeQuery">Whether the route has transforms of the user, which may change the query.</param>
internal sealed class OutgoingRequest(OutgoingVersion? versions, bool keepsHost, bool mayChangeQuery) : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var request = context.HttpContext.Request;
        if (keepsHost && !request.Host.HasValue && string.IsNullOrEmpty(context.ProxyRequest.Headers.Host))
        {
            context.ProxyRequest.Headers.Host = DialledAuthority(context.HttpContext);
        }

        QueryString? changed = mayChangeQuery && context.Query.QueryString != request.QueryString ? context.Query.QueryString : null;
        context.ProxyRequest.RequestUri ??= RawTarget.Address(request, context.DestinationPrefix, context.Path, changed);
        return versions?.ChooseAsync(context) ?? ValueTask.CompletedTask;
    }

    // A client of HTTP/1.0 need not send a Host. The function then gets the address that the client dialled, and not its own address.
    private static string? DialledAuthority(HttpContext context)
    {
        if (context.Connection.LocalIpAddress is not { } address)
        {
            return null;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        // The scope of an address means nothing to others (RFC 6874), so it is left out.
        var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{new IPAddress(address.GetAddressBytes())}]" : address.ToString();
        var port = context.Connection.LocalPort;
        return port == (context.Request.IsHttps ? 443 : 80) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }
}
