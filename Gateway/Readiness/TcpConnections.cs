using System.Buffers.Binary;
using System.Net.Sockets;
using Gateway.Ebpf.Native;

namespace Gateway.Readiness;

/// <summary>Lists the TCP connections of this network namespace by their local port, and hears when some end (sock_diag(7)).</summary>
internal static class TcpConnections
{
    /// <summary>sys/socket.h.</summary>
    private const byte AF_INET = 2, AF_INET6 = 10;

    /// <summary>linux/netlink.h, linux/sock_diag.h, netinet/in.h.</summary>
    private const ushort NETLINK_SOCK_DIAG = 4, SOCK_DIAG_BY_FAMILY = 20, NLM_F_REQUEST = 1, NLM_F_DUMP = 0x300, NLMSG_ERROR = 2, NLMSG_DONE = 3, IPPROTO_TCP = 6;

    /// <summary>linux/sock_diag.h: bit 0 is the first group, of TCP sockets over IPv4 that are gone, and bit 2 that of those over IPv6.</summary>
    private const uint TcpDestroyed = 1 | 4;

    /// <summary>linux/inet_diag.h.</summary>
    private const ushort INET_DIAG_CGROUP_ID = 21;

    /// <summary>sizeof of struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg (linux/netlink.h, linux/inet_diag.h).</summary>
    private const int HeaderSize = 16, RequestSize = 56, AnswerSize = 72;

    /// <summary>Offsets in these structs, with the header before them.</summary>
    private const int States = HeaderSize + 4, RequestPort = HeaderSize + 8, State = HeaderSize + 1, Cookie = HeaderSize + 44, Inode = HeaderSize + 68;

    /// <summary>The states of a connection that somebody may use. One in TIME_WAIT is nobody's.</summary>
    private const uint Used = (1u << TcpConnection.Established) | (1u << TcpConnection.SynReceived) | (1u << TcpConnection.FinWait1) | (1u << TcpConnection.FinWait2)
        | (1u << TcpConnection.CloseWait) | (1u << TcpConnection.LastAck) | (1u << TcpConnection.Closing);

    /// <summary>How much one answer has at most: the kernel fills what it is given.</summary>
    private const int BufferSize = 32 << 10;

    /// <summary>Lists the connections whose local port is one of these.</summary>
    /// <exception cref="SocketException">The kernel cannot be asked.</exception>
    public static List<TcpConnection> At(IEnumerable<int> ports)
    {
        var all = new List<TcpConnection>();
        var buffer = new byte[BufferSize];
        using var kernel = NetlinkSocket.Open(NETLINK_SOCK_DIAG);
        foreach (var port in ports)
        {
            foreach (var family in (ReadOnlySpan<byte>)[AF_INET, AF_INET6])
            {
                kernel.Send(Question(family, port));
                while (Read(buffer.AsSpan(0, kernel.Receive(buffer)), all))
                {
                }
            }
        }

        return all;
    }

    /// <summary>Returns whether the kernel lists connections. One without sock_diag does not, and a sandbox may forbid it.</summary>
    public static bool CanList()
    {
        try
        {
            // Of this port there are few, if any.
            At([1]);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Opens a socket at which the kernel tells of each connection that is gone, for <see cref="Gone"/>.</summary>
    /// <exception cref="SocketException">The kernel does not tell.</exception>
    public static Socket OpenGone() => NetlinkSocket.Open(NETLINK_SOCK_DIAG, TcpDestroyed);

    /// <summary>Returns the cookies of the connections that are gone by what the kernel told.</summary>
    public static List<ulong> Gone(ReadOnlySpan<byte> told)
    {
        var gone = new List<TcpConnection>();
        Read(told, gone);
        return gone.ConvertAll(static connection => connection.Cookie);
    }

    private static byte[] Question(byte family, int port)
    {
        var message = new byte[HeaderSize + RequestSize];
        BitConverter.TryWriteBytes(message.AsSpan(0), (uint)message.Length);
        BitConverter.TryWriteBytes(message.AsSpan(4), SOCK_DIAG_BY_FAMILY);
        BitConverter.TryWriteBytes(message.AsSpan(6), (ushort)(NLM_F_REQUEST | NLM_F_DUMP));
        message[HeaderSize] = family;
        message[HeaderSize + 1] = (byte)IPPROTO_TCP;
        BitConverter.TryWriteBytes(message.AsSpan(States), Used);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(RequestPort), (ushort)port);
        return message;
    }

    // Returns whether more is to come.
    private static bool Read(ReadOnlySpan<byte> messages, List<TcpConnection> all)
    {
        while (messages.Length >= HeaderSize)
        {
            var length = (int)BitConverter.ToUInt32(messages);
            var type = BitConverter.ToUInt16(messages[4..]);
            if (length < HeaderSize || length > messages.Length)
            {
                return false;
            }

            // What follows is a negative errno, or 0: a list that ends so is not the whole one.
            var error = type is NLMSG_DONE or NLMSG_ERROR && length >= HeaderSize + sizeof(int) ? BitConverter.ToInt32(messages[HeaderSize..]) : 0;
            if (type == NLMSG_DONE && error == 0)
            {
                return false;
            }

            if (type is NLMSG_DONE or NLMSG_ERROR)
            {
                throw new SocketException(-error, "The kernel does not list connections.");
            }

            if (type == SOCK_DIAG_BY_FAMILY && length >= HeaderSize + AnswerSize)
            {
                all.Add(ConnectionOf(messages[..length]));
            }

            messages = messages[Math.Min(messages.Length, (length + 3) & ~3)..];
        }

        return true;
    }

    private static TcpConnection ConnectionOf(ReadOnlySpan<byte> message) => new(
        BitConverter.ToUInt64(message[Cookie..]), message[State], BitConverter.ToUInt32(message[Inode..]) != 0, CgroupOf(message[(HeaderSize + AnswerSize)..]));

    private static ulong? CgroupOf(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            // struct rtattr (linux/rtnetlink.h): length and type, then the value, padded to four bytes.
            int length = BitConverter.ToUInt16(attributes);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            if (BitConverter.ToUInt16(attributes[2..]) == INET_DIAG_CGROUP_ID && length >= 12)
            {
                return BitConverter.ToUInt64(attributes[4..]);
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        return null;
    }
}
