using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>Makes clients as YARP does, with connections from <see cref="FirstConnections"/>.</summary>
/// <param name="first">Gives the connections.</param>
/// <param name="reuse">Whether a connection is used for several requests.</param>
internal sealed class ForwarderClients(FirstConnections first, bool reuse = true) : ForwarderHttpClientFactory
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectCallback = first.ConnectAsync;
        if (!reuse)
        {
            handler.PooledConnectionLifetime = TimeSpan.Zero;
        }
    }
}
