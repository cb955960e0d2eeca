using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding;

/// <summary>Tells how much of a request's body the server may read ahead while nobody asks for it.</summary>
internal sealed class HeldBody(IOptions<KestrelServerOptions> kestrel, IOptions<SocketTransportOptions> transport)
{
    // More than any limit allows, and less than what could not be added up.
    private const long Unlimited = 1L << 50;

    private readonly long _connection = transport.Value.MaxReadBufferSize ?? Unlimited;
    private readonly long _stream = kestrel.Value.Limits.Http2.InitialStreamWindowSize;

    /// <summary>Returns the largest number of bytes: the length of the body, or what the connection's buffer or the stream's window takes of it.</summary>
    public long ReadAhead(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } ? 0
        : Math.Min(context.Request.ContentLength ?? long.MaxValue, HttpProtocol.IsHttp2(context.Request.Protocol) ? _stream : _connection);
}
