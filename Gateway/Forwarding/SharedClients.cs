using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>
/// One client for all clusters that ask for nothing special, instead of one for each: its connections are pooled by
/// destination all the same, and ten thousand functions at rest hold one handler.
/// </summary>
public sealed class SharedClients(ForwarderClients own) : IForwarderHttpClientFactory
{
    private HttpMessageInvoker? _shared;

    /// <summary>YARP asks for one at a time; it never disposes of a client, as requests may still use it.</summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
        context.NewConfig == HttpClientConfig.Empty ? _shared ??= own.CreateClient(Plain(context)) : own.CreateClient(context);

    private static ForwarderHttpClientContext Plain(ForwarderHttpClientContext context) => new()
    {
        ClusterId = context.ClusterId,
        OldConfig = HttpClientConfig.Empty,
        NewConfig = HttpClientConfig.Empty,
    };
}
