using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Listening;

/// <summary>Asks the kernel about a client's connection: <c>struct tcp_info</c> of linux/tcp.h. Each question is one system call.</summary>
internal static class TcpInfo
{
    /// <summary>linux/tcp.h.</summary>
    private const int TCP_INFO = 11;

    /// <summary>The offset of <c>tcpi_options</c>, one byte.</summary>
    private const int OptionsOffset = 5;

    /// <summary>TCPI_OPT_SYN_DATA: the kernel accepted data in the SYN.</summary>
    private const byte SynData = 32;

    /// <summary>The offset of <c>tcpi_rtt</c>: microseconds, 32 bits in the machine's order.</summary>
    private const int RttOffset = 68;

    /// <summary>Returns whether the connection's first data came inside its SYN; false if the connection is not TCP or has ended.</summary>
    public static bool BeganWithData(IFeatureCollection connection)
    {
        Span<byte> info = stackalloc byte[OptionsOffset + 1];
        return TryRead(connection, info) && (info[OptionsOffset] & SynData) != 0;
    }

    /// <summary>Returns the connection's smoothed round trip, or null if the connection is not TCP, has ended or was not measured.</summary>
    public static TimeSpan? RoundTrip(IFeatureCollection connection)
    {
        Span<byte> info = stackalloc byte[RttOffset + sizeof(uint)];
        return TryRead(connection, info) && MemoryMarshal.Read<uint>(info[RttOffset..]) is > 0 and var microseconds ? TimeSpan.FromMicroseconds(microseconds) : null;
    }

    private static bool TryRead(IFeatureCollection connection, Span<byte> info)
    {
        if (connection.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            return false;
        }

        try
        {
            return socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TCP_INFO, info) == info.Length;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client has gone.
            return false;
        }
    }
}
