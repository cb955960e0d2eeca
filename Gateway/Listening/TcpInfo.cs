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

    /// <summary>net/tcp_states.h; the state is the first byte of <c>tcp_info</c>.</summary>
    private const byte TCP_ESTABLISHED = 1, TCP_FIN_WAIT1 = 4, TCP_FIN_WAIT2 = 5;

    /// <summary>The offset of <c>tcpi_options</c>, one byte.</summary>
    private const int OptionsOffset = 5;

    /// <summary>TCPI_OPT_SYN_DATA: the kernel accepted data in the SYN.</summary>
    private const byte SynData = 32;

    /// <summary>The offset of <c>tcpi_rtt</c>: microseconds, 32 bits in the machine's order.</summary>
    private const int RttOffset = 68;

    /// <summary>The offset of <c>tcpi_unacked</c>: segments that were sent and not acknowledged, 32 bits.</summary>
    private const int UnackedOffset = 24;

    /// <summary>The offset of <c>tcpi_last_data_sent</c>: milliseconds since then, 32 bits. Before the first time it is counted from the handshake.</summary>
    private const int LastSentOffset = 44;

    /// <summary>The offset of <c>tcpi_last_data_recv</c>, which is like the one before.</summary>
    private const int LastReceivedOffset = 52;

    /// <summary>The offset of <c>tcpi_bytes_received</c>, 64 bits.</summary>
    private const int ReceivedOffset = 128;

    /// <summary>The offset of <c>tcpi_notsent_bytes</c>, 32 bits.</summary>
    private const int UnsentOffset = 144;

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

    /// <summary>Asks what has last been sent and received.</summary>
    /// <returns>Returns false if the connection is not TCP or has ended.</returns>
    public static bool TryReadActivity(Socket socket, out TcpActivity activity)
    {
        Span<byte> info = stackalloc byte[UnsentOffset + sizeof(uint)];
        if (!TryRead(socket, info))
        {
            activity = default;
            return false;
        }

        activity = new TcpActivity(
            TimeSpan.FromMilliseconds(Math.Min(MemoryMarshal.Read<uint>(info[LastSentOffset..]), MemoryMarshal.Read<uint>(info[LastReceivedOffset..]))),
            HasReceived: MemoryMarshal.Read<ulong>(info[ReceivedOffset..]) > 0,
            IsSending: MemoryMarshal.Read<uint>(info[UnackedOffset..]) > 0 || MemoryMarshal.Read<uint>(info[UnsentOffset..]) > 0);
        return true;
    }

    /// <summary>Returns whether the other end of a connection has not ended its direction.</summary>
    public static bool MayReceive(Socket socket)
    {
        Span<byte> info = stackalloc byte[1];
        return TryRead(socket, info) && info[0] is TCP_ESTABLISHED or TCP_FIN_WAIT1 or TCP_FIN_WAIT2;
    }

    private static bool TryRead(IFeatureCollection connection, Span<byte> info) =>
        connection.Get<IConnectionSocketFeature>()?.Socket is { } socket && TryRead(socket, info);

    private static bool TryRead(Socket socket, Span<byte> info)
    {
        try
        {
            return socket.ProtocolType == ProtocolType.Tcp && socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TCP_INFO, info) == info.Length;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client has gone.
            return false;
        }
    }
}
