using System.Runtime.InteropServices;
using System.Text;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf.Hooks;

/// <summary>A network interface appeared, changed or disappeared.</summary>
internal readonly record struct LinkChange(int Index, string Name, bool IsGone)
{
    /// <summary>Reads the changes in a datagram of rtnetlink(7). Messages that are cut short or of another type are passed over.</summary>
    internal static List<LinkChange> Read(ReadOnlySpan<byte> datagram)
    {
        var changes = new List<LinkChange>();
        while (datagram.Length >= Netlink.HeaderSize)
        {
            var header = MemoryMarshal.Read<nlmsghdr>(datagram);
            if (header.nlmsg_len < Netlink.HeaderSize || header.nlmsg_len > datagram.Length)
            {
                break;
            }
            if (header.nlmsg_type is Netlink.RTM_NEWLINK or Netlink.RTM_DELLINK)
            {
                Add(changes, header.nlmsg_type == Netlink.RTM_DELLINK, datagram[Netlink.HeaderSize..(int)header.nlmsg_len]);
            }
            datagram = datagram[Math.Min(datagram.Length, Netlink.Align((int)header.nlmsg_len))..];
        }
        return changes;
    }

    private static void Add(List<LinkChange> changes, bool gone, ReadOnlySpan<byte> body)
    {
        if (body.Length < Netlink.InterfaceSize)
        {
            return;
        }
        var info = MemoryMarshal.Read<ifinfomsg>(body);
        // A bridge reports its ports by the same messages, with another family: a port that leaves the bridge has not disappeared.
        if (info.ifi_family == 0 && NameIn(body[Netlink.InterfaceSize..]) is { } name)
        {
            changes.Add(new LinkChange(info.ifi_index, name, gone));
        }
    }

    private static string? NameIn(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= Netlink.AttributeSize)
        {
            var attribute = MemoryMarshal.Read<rtattr>(attributes);
            if (attribute.rta_len < Netlink.AttributeSize || attribute.rta_len > attributes.Length)
            {
                return null;
            }
            if (attribute.rta_type == Netlink.IFLA_IFNAME)
            {
                return Encoding.UTF8.GetString(attributes[Netlink.AttributeSize..attribute.rta_len].TrimEnd((byte)0));
            }
            attributes = attributes[Math.Min(attributes.Length, Netlink.Align(attribute.rta_len))..];
        }
        return null;
    }
}
