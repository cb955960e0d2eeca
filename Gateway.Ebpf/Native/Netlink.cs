using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Native;

#pragma warning disable CS8981 // C names are lower case.

/// <summary>linux/netlink.h, linux/rtnetlink.h: how the kernel reports changes of network interfaces.</summary>
internal static class Netlink
{
    internal const int NETLINK_ROUTE = 0;
    internal const uint RTMGRP_LINK = 1;
    internal const ushort RTM_NEWLINK = 16;
    internal const ushort RTM_DELLINK = 17;
    internal const ushort IFLA_IFNAME = 3;

    // sizeof of the structs below.
    internal const int HeaderSize = 16, InterfaceSize = 16, AttributeSize = 4;

    /// <summary>NLMSG_ALIGN and RTA_ALIGN.</summary>
    internal static int Align(int length) => (length + 3) & ~3;
}

/// <summary>linux/netlink.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct sockaddr_nl
{
    public ushort nl_family;
    public ushort nl_pad;
    public uint nl_pid;
    public uint nl_groups;
}

/// <summary>linux/netlink.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct nlmsghdr
{
    public uint nlmsg_len;
    public ushort nlmsg_type;
    public ushort nlmsg_flags;
    public uint nlmsg_seq;
    public uint nlmsg_pid;
}

/// <summary>linux/rtnetlink.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ifinfomsg
{
    public byte ifi_family;
    private readonly byte __ifi_pad;
    public ushort ifi_type;
    public int ifi_index;
    public uint ifi_flags;
    public uint ifi_change;
}

/// <summary>linux/rtnetlink.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct rtattr
{
    public ushort rta_len;
    public ushort rta_type;
}
