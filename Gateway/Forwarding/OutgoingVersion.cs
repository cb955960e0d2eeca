using System.Net;
using Gateway.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding;

/// <summary>
/// Chooses the version of HTTP of a request to a function whose <c>Protocol</c> leaves that open. A version that the configuration names is left to
/// YARP, and so is an upgrade (WebSocket), which uses HTTP/1.1.
/// </summary>
internal sealed class OutgoingVersion(InstanceProtocols instances)
{
    // HttpClient takes this for HTTP/1.1 on a connection without TLS, and no configuration says so. It marks requests whose version is left open.
    private static readonly ForwarderRequestConfig ToBeAsked = new() { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrHigher };

    private static readonly ForwarderRequestConfig Http1 = new() { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    private static readonly ForwarderRequestConfig H2c = new() { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    /// <summary>Returns a cluster's settings with the protocol of its function.</summary>
    public static ForwarderRequestConfig? Configure(ForwarderRequestConfig? written, FunctionProtocol? protocol)
    {
        var version = protocol switch
        {
            FunctionProtocol.H1 => Http1,
            FunctionProtocol.H2c => H2c,
            FunctionProtocol.Auto => ToBeAsked,
            _ => null,
        };
        return version is null ? written : written is null ? version : written with { Version = version.Version, VersionPolicy = version.VersionPolicy };
    }

    public ValueTask ChooseAsync(RequestTransformContext context)
    {
        var outgoing = context.ProxyRequest;
        var asks = outgoing.VersionPolicy == ToBeAsked.VersionPolicy && outgoing.Version == ToBeAsked.Version;
        // YARP's default is HTTP/2 if TLS offers it, but functions are spoken to without TLS.
        if (!asks && (outgoing.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower || outgoing.Version != HttpVersion.Version20))
        {
            return ValueTask.CompletedTask;
        }

        var request = context.HttpContext.Request;
        var isHttp2 = HttpProtocol.IsHttp2(request.Protocol);
        if (isHttp2 && IsGrpc(request.ContentType))
        {
            // gRPC is defined for HTTP/2 only, so there is nothing to find out.
            Use(H2c, outgoing);
            return ValueTask.CompletedTask;
        }

        return asks || (isHttp2 && !request.IsHttps) ? AskAsync(context)
            : instances.IsKnownForH2c(context.DestinationPrefix) ? Done(outgoing)
            : ValueTask.CompletedTask;
    }

    private async ValueTask AskAsync(RequestTransformContext context) =>
        Use(await instances.SpeaksH2cAsync(context.DestinationPrefix, context.CancellationToken) ? H2c : Http1, context.ProxyRequest);

    private static ValueTask Done(HttpRequestMessage outgoing)
    {
        Use(H2c, outgoing);
        return ValueTask.CompletedTask;
    }

    private static void Use(ForwarderRequestConfig version, HttpRequestMessage outgoing) =>
        (outgoing.Version, outgoing.VersionPolicy) = (version.Version!, version.VersionPolicy!.Value);

    // The type is application/grpc, perhaps with a format behind '+' or parameters behind ';'. gRPC-Web works with HTTP/1.1 too.
    private static bool IsGrpc(string? contentType)
    {
        const string Grpc = "application/grpc";
        return contentType is not null && contentType.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase)
            && (contentType.Length == Grpc.Length || contentType[Grpc.Length] is '+' or ';' or ' ');
    }
}
