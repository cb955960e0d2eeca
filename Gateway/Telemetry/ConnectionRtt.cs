using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Telemetry;

/// <summary>Asks the kernel for a connection's smoothed round trip: one system call, for cold starts only.</summary>
internal static class ConnectionRtt
{
    /// <summary>netinet/tcp.h</summary>
    private const int IPPROTO_TCP = 6, TCP_INFO = 11;

    /// <summary>offsetof(struct tcp_info, tcpi_rtt), linux/tcp.h: microseconds, 32 bits in the machine's order.</summary>
    private const int RttOffset = 68;

    /// <summary>Null when the request came by no TCP connection, or the kernel has not measured it.</summary>
    public static TimeSpan? Of(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            return null;
        }

        try
        {
            Span<byte> info = stackalloc byte[RttOffset + sizeof(uint)];
            var length = socket.GetRawSocketOption(IPPROTO_TCP, TCP_INFO, info);
            var microseconds = length == info.Length ? MemoryMarshal.Read<uint>(info[RttOffset..]) : 0;
            return microseconds == 0 ? null : TimeSpan.FromMicroseconds(microseconds);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client has gone.
            return null;
        }
    }
}
