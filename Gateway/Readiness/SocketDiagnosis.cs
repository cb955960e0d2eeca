using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Readiness;

/// <summary>Asks the kernel which listening socket of this network namespace a connection to an address would reach (sock_diag(7)).</summary>
internal static partial class SocketDiagnosis
{
    /// <summary>sys/socket.h, bits/socket_type.h.</summary>
    private const int AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000;

    /// <summary>linux/netlink.h, linux/sock_diag.h, netinet/in.h.</summary>
    private const ushort NETLINK_SOCK_DIAG = 4, SOCK_DIAG_BY_FAMILY = 20, NLM_F_REQUEST = 1, IPPROTO_TCP = 6;

    /// <summary>linux/inet_diag.h.</summary>
    private const ushort INET_DIAG_CGROUP_ID = 21;

    /// <summary>sizeof of struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg (linux/netlink.h, linux/inet_diag.h).</summary>
    private const int HeaderSize = 16, RequestSize = 56, AnswerSize = 72;

    /// <summary>Offsets in these, with the header before them.</summary>
    private const int SourcePort = HeaderSize + 8, Source = SourcePort + 4, Destination = Source + 16, Cookie = Destination + 20, Inode = HeaderSize + 68;

    /// <summary>The socket's inode and, on kernels that tell it (5.7 and later), the id of the cgroup that it was made in.</summary>
    /// <returns>Null when nobody listens there, or the kernel does not say.</returns>
    public static (string Inode, ulong? Cgroup)? Find(IPEndPoint endpoint)
    {
        try
        {
            using var kernel = Open();
            kernel.Send(Question(endpoint));
            var answer = new byte[4096];
            return Read(answer.AsSpan(0, kernel.Receive(answer)));
        }
        catch (SocketException)
        {
            // A kernel without sock_diag, or a sandbox that forbids it: what cannot be asked is not known.
            return null;
        }
    }

    private static Socket Open()
    {
        var descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        return descriptor >= 0 ? new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)) : throw new SocketException(Marshal.GetLastPInvokeError());
    }

    // From no port: so no connection is found, and the kernel looks for who would take one.
    private static byte[] Question(IPEndPoint endpoint)
    {
        var message = new byte[HeaderSize + RequestSize];
        BitConverter.TryWriteBytes(message.AsSpan(0), (uint)message.Length);
        BitConverter.TryWriteBytes(message.AsSpan(4), SOCK_DIAG_BY_FAMILY);
        BitConverter.TryWriteBytes(message.AsSpan(6), NLM_F_REQUEST);
        message[HeaderSize] = endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? (byte)AF_INET6 : (byte)AF_INET;
        message[HeaderSize + 1] = (byte)IPPROTO_TCP;
        message.AsSpan(HeaderSize + 4, sizeof(uint)).Fill(0xff);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(SourcePort), (ushort)endpoint.Port);
        endpoint.Address.TryWriteBytes(message.AsSpan(Source), out _);
        endpoint.Address.TryWriteBytes(message.AsSpan(Destination), out _);
        // INET_DIAG_NOCOOKIE.
        message.AsSpan(Cookie, 2 * sizeof(uint)).Fill(0xff);
        return message;
    }

    private static (string, ulong?)? Read(ReadOnlySpan<byte> answer)
    {
        // Anything else is an error, ENOENT as a rule.
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

        return (BitConverter.ToUInt32(answer[Inode..]).ToString(CultureInfo.InvariantCulture), cgroup);
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int socket(int domain, int type, int protocol);
}
