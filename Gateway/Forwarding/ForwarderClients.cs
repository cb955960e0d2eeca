using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>YARP's own clients, but for where a connection comes from.</summary>
/// <param name="first">Where it comes from.</param>
/// <param name="reuse">False: each request has a connection of its own.</param>
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
