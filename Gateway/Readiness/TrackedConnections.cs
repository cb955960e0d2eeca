using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Ebpf.Native;

namespace Gateway.Readiness;

/// <summary>Lists the TCP connections whose destination the kernel rewrites in this network namespace, and has it forget some (conntrack, by netlink). It takes CAP_NET_ADMIN.</summary>
internal static class TrackedConnections
{
    /// <summary>linux/netlink.h.</summary>
    private const ushort NETLINK_NETFILTER = 12, NLM_F_REQUEST = 1, NLM_F_ACK = 4, NLM_F_DUMP = 0x300, NLMSG_ERROR = 2, NLMSG_DONE = 3, NLA_F_NESTED = 0x8000, NLA_TYPE_MASK = 0x3FFF;

    /// <summary>linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h: the number of the subsystem is the upper byte.</summary>
    private const ushort IPCTNL_MSG_CT_NEW = 1 << 8, IPCTNL_MSG_CT_GET = (1 << 8) | 1, IPCTNL_MSG_CT_DELETE = (1 << 8) | 2;

    /// <summary>linux/netfilter/nfnetlink_conntrack.h.</summary>
    private const ushort CTA_TUPLE_ORIG = 1, CTA_TUPLE_REPLY = 2, CTA_STATUS = 3, CTA_PROTOINFO = 4, CTA_ID = 12, CTA_STATUS_MASK = 26;

    /// <summary>linux/netfilter/nfnetlink_conntrack.h: within a tuple, its addresses and its protocol.</summary>
    private const ushort CTA_TUPLE_IP = 1, CTA_TUPLE_PROTO = 2, CTA_IP_V4_SRC = 1, CTA_PROTO_NUM = 1, CTA_PROTO_SRC_PORT = 2, CTA_PROTO_DST_PORT = 3;

    /// <summary>linux/netfilter/nfnetlink_conntrack.h: within the protocol's own.</summary>
    private const ushort CTA_PROTOINFO_TCP = 1, CTA_PROTOINFO_TCP_STATE = 1;

    /// <summary>linux/netfilter/nf_conntrack_common.h: the destination is rewritten.</summary>
    private const uint IPS_DST_NAT = 1 << 5;

    /// <summary>sys/socket.h, netinet/in.h.</summary>
    private const byte AF_INET = 2, IPPROTO_TCP = 6;

    /// <summary>sizeof of struct nlmsghdr and of struct nfgenmsg (linux/netfilter/nfnetlink.h) after it.</summary>
    private const int HeaderSize = 16, MessageSize = HeaderSize + 4;

    /// <summary>How much one answer has at most: the kernel fills what it is given.</summary>
    private const int BufferSize = 32 << 10;

    /// <summary>Lists them.</summary>
    /// <exception cref="SocketException">The kernel cannot be asked.</exception>
    public static List<TrackedConnection> All()
    {
        var all = new List<TrackedConnection>();
        var buffer = new byte[BufferSize];
        using var kernel = NetlinkSocket.Open(NETLINK_NETFILTER);
        // A kernel before 5.14 passes over the filter and lists all, which is why the answer is looked at, too.
        kernel.Send(Message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, [.. Number(CTA_STATUS, IPS_DST_NAT), .. Number(CTA_STATUS_MASK, IPS_DST_NAT)]));
        while (Read(buffer.AsSpan(0, kernel.Receive(buffer)), all))
        {
        }

        return all;
    }

    /// <summary>Returns whether the kernel lists them to this process.</summary>
    public static bool CanList()
    {
        try
        {
            All();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Has the kernel forget connections. What a client sends in one afterwards is answered by the machine itself, with a reset.</summary>
    /// <exception cref="SocketException">The kernel cannot be asked.</exception>
    public static void Forget(IEnumerable<TrackedConnection> connections)
    {
        var buffer = new byte[BufferSize];
        using var kernel = NetlinkSocket.Open(NETLINK_NETFILTER);
        foreach (var connection in connections)
        {
            kernel.Send(Message(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, [.. connection.Tuple, .. Number(CTA_ID, connection.Id)]));
            // Whether it was there still does not matter.
            kernel.Receive(buffer);
        }
    }

    private static byte[] Message(ushort type, ushort flags, ReadOnlySpan<byte> attributes)
    {
        var message = new byte[MessageSize + attributes.Length];
        BitConverter.TryWriteBytes(message.AsSpan(0), (uint)message.Length);
        BitConverter.TryWriteBytes(message.AsSpan(4), type);
        BitConverter.TryWriteBytes(message.AsSpan(6), (ushort)(NLM_F_REQUEST | flags));
        message[HeaderSize] = AF_INET;
        attributes.CopyTo(message.AsSpan(MessageSize));
        return message;
    }

    // struct nlattr (linux/netlink.h): length and type, then the value, which netfilter has in network byte order.
    private static byte[] Number(ushort type, uint value)
    {
        var attribute = new byte[8];
        BitConverter.TryWriteBytes(attribute.AsSpan(0), (ushort)8);
        BitConverter.TryWriteBytes(attribute.AsSpan(2), type);
        BinaryPrimitives.WriteUInt32BigEndian(attribute.AsSpan(4), value);
        return attribute;
    }

    // Returns whether more is to come.
    private static bool Read(ReadOnlySpan<byte> messages, List<TrackedConnection> all)
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
                throw new SocketException(-error, "The kernel does not list the connections that it tracks.");
            }

            if (type == IPCTNL_MSG_CT_NEW && length >= MessageSize && ConnectionOf(messages[MessageSize..length]) is { } connection)
            {
                all.Add(connection);
            }

            messages = messages[Math.Min(messages.Length, (length + 3) & ~3)..];
        }

        return true;
    }

    private static TrackedConnection? ConnectionOf(ReadOnlySpan<byte> attributes)
    {
        var asked = Value(attributes, CTA_TUPLE_ORIG);
        var answered = Value(attributes, CTA_TUPLE_REPLY);
        var protocol = Value(asked, CTA_TUPLE_PROTO);
        var state = Value(Value(Value(attributes, CTA_PROTOINFO), CTA_PROTOINFO_TCP), CTA_PROTOINFO_TCP_STATE);
        var program = Value(Value(answered, CTA_TUPLE_IP), CTA_IP_V4_SRC);
        var status = Value(attributes, CTA_STATUS);
        var id = Value(attributes, CTA_ID);
        var port = Value(protocol, CTA_PROTO_DST_PORT);
        var programs = Value(Value(answered, CTA_TUPLE_PROTO), CTA_PROTO_SRC_PORT);
        if (Value(protocol, CTA_PROTO_NUM) is not [IPPROTO_TCP] || state.Length != 1 || program.Length != 4 || status.Length != 4 || id.Length != 4 || port.Length != 2 || programs.Length != 2
            || (BinaryPrimitives.ReadUInt32BigEndian(status) & IPS_DST_NAT) == 0)
        {
            return null;
        }

        return new TrackedConnection(BinaryPrimitives.ReadUInt32BigEndian(id), state[0], BinaryPrimitives.ReadUInt16BigEndian(port),
            new IPEndPoint(new IPAddress(program), BinaryPrimitives.ReadUInt16BigEndian(programs)), Nested(CTA_TUPLE_ORIG, asked));
    }

    private static byte[] Nested(ushort type, ReadOnlySpan<byte> value)
    {
        var attribute = new byte[4 + ((value.Length + 3) & ~3)];
        BitConverter.TryWriteBytes(attribute.AsSpan(0), (ushort)(4 + value.Length));
        BitConverter.TryWriteBytes(attribute.AsSpan(2), (ushort)(NLA_F_NESTED | type));
        value.CopyTo(attribute.AsSpan(4));
        return attribute;
    }

    // Returns an empty one if it is not among them.
    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> attributes, ushort type)
    {
        while (attributes.Length >= 4)
        {
            int length = BitConverter.ToUInt16(attributes);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            if ((BitConverter.ToUInt16(attributes[2..]) & NLA_TYPE_MASK) == type)
            {
                return attributes[4..length];
            }

            attributes = attributes[Math.Min(attributes.Length, (length + 3) & ~3)..];
        }

        return [];
    }
}
