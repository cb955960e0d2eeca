using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Native;

/// <summary>Opens netlink(7) sockets, which <see cref="Socket"/> reads and writes but cannot make.</summary>
public static partial class NetlinkSocket
{
    /// <summary>sys/socket.h, bits/socket_type.h.</summary>
    private const int AF_NETLINK = 16, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000;

    /// <summary>Opens a socket in the network namespace of the calling thread.</summary>
    /// <param name="protocol">A protocol of linux/netlink.h, for example NETLINK_ROUTE.</param>
    /// <exception cref="SocketException">The kernel does not have the protocol, or this process may not use it.</exception>
    public static Socket Open(int protocol)
    {
        var descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
        return descriptor >= 0 ? new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)) : throw new SocketException(Marshal.GetLastPInvokeError());
    }

    /// <summary>Opens a socket that receives the messages of multicast groups, such as RTMGRP_LINK of linux/rtnetlink.h.</summary>
    /// <param name="protocol">A protocol of linux/netlink.h.</param>
    /// <param name="groups">The groups, of which number n is bit n - 1.</param>
    /// <exception cref="SocketException">The kernel does not have the protocol, or this process may not use it.</exception>
    public static unsafe Socket Open(int protocol, uint groups)
    {
        var opened = Open(protocol);
        var address = new sockaddr_nl { nl_family = AF_NETLINK, nl_groups = groups };
        if (bind(opened.SafeHandle, &address, (uint)sizeof(sockaddr_nl)) == 0)
        {
            return opened;
        }
        var error = Marshal.GetLastPInvokeError();
        opened.Dispose();
        throw new SocketException(error);
    }

    [LibraryImport(LibC.Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport(LibC.Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int bind(SafeSocketHandle fd, sockaddr_nl* address, uint length);
}
