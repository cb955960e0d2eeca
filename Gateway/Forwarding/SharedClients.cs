using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// One client for all clusters that ask for nothing special, instead of one for each: its connections are pooled by
/// destination all the same, and ten thousand functions at rest hold one handler.
/// </summary>
internal sealed class SharedClients(FirstConnections first, FreshClients fresh) : IForwarderHttpClientFactory
{
    private readonly ForwarderClients _own = new(first);
    private readonly ForwarderClients _unused = new(first, reuse: false);
    private HttpMessageInvoker? _shared;

    /// <summary>YARP asks for one at a time; it never disposes of a client, as requests may still use it.</summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.NewConfig == HttpClientConfig.Empty ? _shared ??= Create(Like(context)) : Create(context);

    private HttpMessageInvoker Create(ForwarderHttpClientContext context)
    {
        var client = _own.CreateClient(context);
        if (client != context.OldClient)
        {
            fresh.Add(client, () => _unused.CreateClient(Like(context)));
        }

        return client;
    }

    // As if there had been none before.
    private static ForwarderHttpClientContext Like(ForwarderHttpClientContext context) => new()
    {
        ClusterId = context.ClusterId,
        OldConfig = HttpClientConfig.Empty,
        NewConfig = context.NewConfig,
    };
}
