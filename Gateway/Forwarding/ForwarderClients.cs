using Gateway.Activation;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>Makes clients as YARP does, with connections from <see cref="FirstConnections"/>.</summary>
/// <param name="first">Gives the connections.</param>
/// <param name="registry">Tells which clusters are functions'.</param>
/// <param name="reuse">Whether a connection is used for several requests.</param>
internal sealed class ForwarderClients(FirstConnections first, FunctionRegistry registry, bool reuse = true) : ForwarderHttpClientFactory
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        // A cluster's client may go on when a reload makes a function of it.
        var cluster = context.ClusterId;
        handler.ConnectCallback = (target, cancellation) => first.ConnectAsync(target, FunctionClusters.IsUsers(registry, cluster) ? cluster : null, cancellation);
        if (!reuse)
        {
            handler.PooledConnectionLifetime = TimeSpan.Zero;
        }
    }
}
