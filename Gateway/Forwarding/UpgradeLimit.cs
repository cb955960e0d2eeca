using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Gateway.Forwarding;

/// <summary>
/// The time limit of an upgrade. A program has the function's <c>ActivityTimeout</c> to accept it. After that the connection may be silent for as
/// long as its two ends like.
/// </summary>
/// <remarks>
/// YARP has one limit for a request and for the upgraded connection, and disables the route's limit when the upgrade is accepted. This one ends
/// then too.
/// </remarks>
internal sealed class UpgradeLimit : IHttpRequestTimeoutFeature, IDisposable
{
    // With these values a client that vanished is noticed after some two minutes, even if neither end sends anything.
    private const int KeepAliveTime = 60;
    private const int KeepAliveInterval = 15;
    private const int KeepAliveProbes = 4;

    private readonly HttpContext _context;
    private readonly CancellationToken _aborted;
    private readonly IHttpRequestTimeoutFeature? _route;
    private readonly CancellationTokenSource _limit = new();
    private readonly CancellationTokenSource _linked;
    private readonly ITimer _timer;

    private UpgradeLimit(HttpContext context, TimeSpan limit, TimeProvider time)
    {
        _context = context;
        _aborted = context.RequestAborted;
        _route = context.Features.Get<IHttpRequestTimeoutFeature>();
        _route?.RequestTimeoutToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _limit);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_aborted, _limit.Token);
        _timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _limit, limit, Timeout.InfiniteTimeSpan);
        context.RequestAborted = _linked.Token;
        context.Features.Set<IHttpRequestTimeoutFeature>(this);
    }

    public CancellationToken RequestTimeoutToken => _limit.Token;

    /// <summary>
    /// Returns whether the client asks for an upgrade that YARP passes on: a WebSocket or SPDY by HTTP/1.1's <c>Upgrade</c>, or extended CONNECT
    /// (RFC 8441). A request for any other, such as h2c, is an ordinary request.
    /// </summary>
    public static bool IsFor(HttpContext context) =>
        HttpMethods.IsConnect(context.Request.Method)
            ? context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
            : context.Request.Headers.Upgrade is [{ } upgrade, ..]
                && (upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase) || upgrade.StartsWith("SPDY/", StringComparison.OrdinalIgnoreCase))
                && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

    /// <summary>Starts the limit, which is to be disposed of when the request is over.</summary>
    public static UpgradeLimit Start(HttpContext context, TimeSpan limit, TimeProvider time) => new(context, limit, time);

    public void DisableTimeout()
    {
        _timer.Dispose();
        _route?.DisableTimeout();
        KeepAlive(_context.Features.Get<IConnectionSocketFeature>()?.Socket);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _context.RequestAborted = _aborted;
        _context.Features.Set(_route);
        _linked.Dispose();
    }

    private static void KeepAlive(Socket? client)
    {
        try
        {
            client?.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveTime);
            client?.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveInterval);
            client?.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            client?.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client has left already.
        }
    }
}
