using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Listening;

/// <summary>Tells a client by a fatal alert why its handshake goes no further (RFC 8446, section 6). It needs no keys before the ServerHello.</summary>
internal static class TlsAlert
{
    /// <summary>RFC 8446, section 6.2.</summary>
    public const byte InternalError = 80;

    /// <summary>RFC 6066, section 3.</summary>
    public const byte UnrecognizedName = 112;

    private const byte AlertRecord = 21;
    private const byte Fatal = 2;

    /// <summary>Sends an alert, if the client is still there to take it.</summary>
    public static async ValueTask SendAsync(ConnectionContext connection, byte description)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            return;
        }

        try
        {
            // The version of a record is that of TLS 1.2 (section 5.1). Nothing has been sent, so that there is room for 7 bytes.
            await socket.SendAsync(new byte[] { AlertRecord, 3, 3, 0, 2, Fatal, description }.AsMemory(), SocketFlags.None, connection.ConnectionClosed);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has left.
        }
    }
}
