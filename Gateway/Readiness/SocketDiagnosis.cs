using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Native;

namespace Gateway.Readiness;

/// <summary>Asks the kernel which listening socket of this network namespace a connection to an address would reach (sock_diag(7)).</summary>
internal static class SocketDiagnosis
{
    /// <summary>sys/socket.h.</summary>
    private const byte AF_INET = 2, AF_INET6 = 10;

    /// <summary>linux/netlink.h, linux/sock_diag.h, netinet/in.h.</summary>
    private const ushort NETLINK_SOCK_DIAG = 4, SOCK_DIAG_BY_FAMILY = 20, NLM_F_REQUEST = 1, IPPROTO_TCP = 6;

    /// <summary>linux/inet_diag.h.</summary>
    private const ushort INET_DIAG_CGROUP_ID = 21;

    /// <summary>sizeof of struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg (linux/netlink.h, linux/inet_diag.h).</summary>
    private const int HeaderSize = 16, RequestSize = 56, AnswerSize = 72;

    /// <summary>Offsets in these structs, with the header before them.</summary>
    private const int SourcePort = HeaderSize + 8, Source = SourcePort + 4, Destination = Source + 16, Cookie = Destination + 20, User = HeaderSize + 64, Inode = HeaderSize + 68;

    /// <summary>Finds the socket's inode, the user that it was made by and, on Linux 5.7 and later, the id of the cgroup that it was made in.</summary>
    /// <returns>Returns null if nobody listens there, or if the kernel cannot be asked.</returns>
    public static (string Inode, uint User, ulong? Cgroup)? Find(IPEndPoint endpoint)
    {
        try
        {
            using var kernel = NetlinkSocket.Open(NETLINK_SOCK_DIAG);
            kernel.Send(Question(endpoint));
            var answer = new byte[4096];
            return Read(answer.AsSpan(0, kernel.Receive(answer)));
        }
        catch (SocketException)
        {
            // The kernel has no sock_diag, or a sandbox forbids it.
            return null;
        }
    }

    // The question is about a connection from port 0. There is none, so the kernel looks for the socket that would take it.
    private static byte[] Question(IPEndPoint endpoint)
    {
        var message = new byte[HeaderSize + RequestSize];
        BitConverter.TryWriteBytes(message.AsSpan(0), (uint)message.Length);
        BitConverter.TryWriteBytes(message.AsSpan(4), SOCK_DIAG_BY_FAMILY);
        BitConverter.TryWriteBytes(message.AsSpan(6), NLM_F_REQUEST);
        message[HeaderSize] = endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? AF_INET6 : AF_INET;
        message[HeaderSize + 1] = (byte)IPPROTO_TCP;
        message.AsSpan(HeaderSize + 4, sizeof(uint)).Fill(0xff);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(SourcePort), (ushort)endpoint.Port);
        endpoint.Address.TryWriteBytes(message.AsSpan(Source), out _);
        endpoint.Address.TryWriteBytes(message.AsSpan(Destination), out _);
        // INET_DIAG_NOCOOKIE.
        message.AsSpan(Cookie, 2 * sizeof(uint)).Fill(0xff);
        return message;
    }

    private static (string, uint, ulong?)? Read(ReadOnlySpan<byte> answer)
    {
        // Any other answer is an error, as a rule ENOENT.
        if (answer.Length < HeaderSize + AnswerSize || BitConverter.ToUInt16(answer[4..]) != SOCK_DIAG_BY_FAMILY)
        {
            return null;
        }

        ulong? cgroup = null;
        for (var attributes = answer[(HeaderSize + AnswerSize)..]; attributes.Length >= 4;)
        {
            // struct rtattr (linux/rtnetlink.h): length and type, then the value, padded to four bytes.
            int length = BitConverter.ToUInt16(attributes);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            if (BitConverter.ToUInt16(attributes[2..]) == INET_DIAG_CGROUP_ID && length >= 12)
            {
                cgroup = BitConverter.ToUInt64(attributes[4..]);
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        return (BitConverter.ToUInt32(answer[Inode..]).ToString(CultureInfo.InvariantCulture), BitConverter.ToUInt32(answer[User..]), cgroup);
    }
}
