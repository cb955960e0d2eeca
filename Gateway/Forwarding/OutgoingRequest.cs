using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding;

/// <summary>The last transform of a request: its target's bytes, and a function's Host and version of HTTP.</summary>
/// <param name="versions">Finds the version; null where the destination is no function.</param>
/// <param name="keepsHost">The destination is a function, and no transform says that it gets another Host than the client's.</param>
/// <param name="mayChangeQuery">The route has transforms of the user's.</param>
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

    // A client of HTTP/1.0 need not say whom it calls; a function may then at least not take its own address for the public one.
    private static string? DialledAuthority(HttpContext context)
    {
        if (context.Connection.LocalIpAddress is not { } address)
        {
            return null;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        // An interface behind an address means nothing to others (RFC 6874).
        var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{new IPAddress(address.GetAddressBytes())}]" : address.ToString();
        var port = context.Connection.LocalPort;
        return port == (context.Request.IsHttps ? 443 : 80) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }
}
