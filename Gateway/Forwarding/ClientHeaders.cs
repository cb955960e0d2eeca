using System.Collections.Frozen;
using Gateway.Configuration;
using Gateway.Forwarding.Async;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding;

/// <summary>
/// The first transform of a request, after YARP has copied the client's headers and before any transform of the user or of YARP sets one. It takes
/// away what is for this hop alone, what a client cannot be believed, and names that programs mistake for others.
/// </summary>
internal sealed class ClientHeaders(ConfigurationMonitor configuration) : RequestTransform
{
    /// <summary>
    /// Besides what the user's list has: <c>Trailer</c>, since a request's trailers are not forwarded, and what YARP's own transforms set, which would
    /// be the client's words if the user switches those transforms off or has them append.
    /// </summary>
    private static readonly FrozenSet<string> OfClients =
        FrozenSet.ToFrozenSet(["Trailer", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix"], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The same for known proxies, whose <c>X-Forwarded</c> headers are believed. ASP.NET Core's ForwardedHeadersMiddleware adds the others for the
    /// application behind it, which here is the gateway.
    /// </summary>
    private static readonly FrozenSet<string> OfProxies =
        FrozenSet.ToFrozenSet(["Trailer", "X-Original-For", "X-Original-Proto", "X-Original-Host", "X-Original-Prefix"], StringComparer.OrdinalIgnoreCase);

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (!context.HeadersCopied)
        {
            return ValueTask.CompletedTask;
        }

        var request = context.ProxyRequest;
        ConnectionOptions.Remove(context.HttpContext.Request.Headers.Connection, request.Headers, request.Content?.Headers);
        var options = configuration.Current.Headers;
        var own = context.HttpContext.Features.Get<KnownProxy>() is null ? OfClients : OfProxies;
        var isReplay = Replay.Is(context.HttpContext);
        List<string>? removed = null;
        foreach (var header in request.Headers.NonValidated)
        {
            if (own.Contains(header.Key) || (!isReplay && Replay.Sets(header.Key)) || options.Remove.Contains(header.Key) || (!options.Underscores && header.Key.Contains('_', StringComparison.Ordinal)))
            {
                (removed ??= []).Add(header.Key);
            }
        }

        removed?.ForEach(name => request.Headers.Remove(name));
        return ValueTask.CompletedTask;
    }
}
