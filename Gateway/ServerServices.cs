using Gateway.Configuration;
using Gateway.Configuration.Kestrel;
using Gateway.Listening;
using Gateway.Model;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway;

/// <summary>Sets up Kestrel and its transport.</summary>
internal static class ServerServices
{
    public static void AddServer(this IServiceCollection services, GatewayOptions options)
    {
        services.AddOptions<KestrelServerOptions>().Configure<ConnectionPipeline>(ConfigureKestrel)
            .Configure(kestrel => options.Limits.Apply(kestrel.Limits));
        services.AddOptions<SocketTransportOptions>().Configure<SteeredSockets>(ConfigureSockets)
            .Configure(transport => transport.MaxReadBufferSize = ReadAhead(options.Limits));
    }

    private static void ConfigureSockets(SocketTransportOptions transport, SteeredSockets steered)
    {
        transport.Backlog = SteeredSockets.Backlog;
        // Either of the two alone hands a request from one thread to another as often, and is slower than neither.
        transport.UnsafePreferInlineScheduling = InlineSockets.IsOn;
        transport.CreateBoundListenSocket = steered.Bind;
    }

    // Kestrel's own 1 MiB is what each waiting request with a large body would cost. Twice the largest thing that has to be in the buffer as a whole is enough to
    // go on reading while it is taken out.
    private static long? ReadAhead(KestrelLimits written)
    {
        var limits = new KestrelServerLimits { MaxRequestBufferSize = ConnectionBounds.ReadAhead };
        written.Apply(limits);
        var whole = Math.Max(Math.Max(limits.MaxRequestLineSize, limits.MaxRequestHeadersTotalSize), limits.Http2.MaxFrameSize);
        return limits.MaxRequestBufferSize == ConnectionBounds.ReadAhead ? Math.Max(ConnectionBounds.ReadAhead, 2L * whole) : limits.MaxRequestBufferSize;
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel, ConnectionPipeline connections)
    {
        kestrel.AddServerHeader = false;
        // The size of a request is for the function to limit; the proxy streams it.
        kestrel.Limits.MaxRequestBodySize = null;
        connections.Use(kestrel);
    }
}
