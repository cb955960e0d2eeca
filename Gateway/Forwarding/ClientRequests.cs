using Gateway.Configuration;
using Gateway.Signals;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>
/// The first step of a request that is not for the admin endpoint. It refuses what is no request to a function, and finds out who the client is
/// behind a known proxy (<c>Gateway:ForwardedHeaders</c>).
/// </summary>
internal sealed class ClientRequests(RequestDelegate next, ConfigurationMonitor configuration, ILoggerFactory loggers)
{
    private volatile Made? _last;

    public Task InvokeAsync(HttpContext context)
    {
        // No tunnel is forwarded to functions but that of a WebSocket, which HTTP/2 opens by an extended CONNECT (RFC 8441, section 4).
        if (HttpMethods.IsConnect(context.Request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: "websocket" })
        {
            return Problem.NotImplementedAsync(context);
        }

        var options = configuration.Current.Forwarded;
        if (options.KnownProxies.IsEmpty || !options.KnownProxies.Contains(context.Connection.RemoteIpAddress))
        {
            return next(context);
        }

        context.Features.Set(KnownProxy.Instance);
        // Returning clients are recognised by the source of their SYN, which is the proxy's. As this is not the first request any more, nothing is learned.
        context.Features.Get<SharedConnection>()?.IsFirst();
        return Middleware(options).Invoke(context);
    }

    private ForwardedHeadersMiddleware Middleware(ForwardedOptions options)
    {
        var last = _last;
        if (last is null || !ReferenceEquals(last.For, options))
        {
            // Two requests may each make one, which does no harm.
            _last = last = new Made(options, Make(options));
        }

        return last.Middleware;
    }

    private ForwardedHeadersMiddleware Make(ForwardedOptions options)
    {
        var settings = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | (options.Host ? ForwardedHeaders.XForwardedHost : ForwardedHeaders.None),
            ForwardLimit = options.ForwardLimit,
        };
        settings.KnownProxies.Clear();
        settings.KnownIPNetworks.Clear();
        foreach (var network in options.KnownProxies.All)
        {
            settings.KnownIPNetworks.Add(network);
        }

        return new ForwardedHeadersMiddleware(next, loggers, Options.Create(settings));
    }

    private sealed record Made(ForwardedOptions For, ForwardedHeadersMiddleware Middleware);
}

/// <summary>Marks a request that a proxy of <c>Gateway:ForwardedHeaders:KnownProxies</c> has sent.</summary>
internal sealed class KnownProxy
{
    public static KnownProxy Instance { get; } = new();
}
