using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ebpf.Native;

/// <summary>net/if.h, sys/socket.h, sys/ioctl.h: questions about network devices and namespaces.</summary>
internal static unsafe partial class NetDevice
{
    internal const int IFNAMSIZ = 16;
    internal const int AF_INET = 2;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;

    /// <summary>asm-generic/socket.h, Linux 5.14.</summary>
    internal const int SO_NETNS_COOKIE = 71;

    /// <summary>linux/sockios.h</summary>
    internal const uint SIOCGIFFLAGS = 0x8913;
    internal const uint SIOCETHTOOL = 0x8946;

    /// <summary>linux/ethtool.h</summary>
    internal const uint ETHTOOL_GDRVINFO = 3;

    /// <summary>linux/if.h</summary>
    internal const int IFF_UP = 1;
    internal const int IFF_LOOPBACK = 8;

    [LibraryImport(LibC.Library, SetLastError = true)]
    internal static partial int socket(int family, int type, int protocol);

    [LibraryImport(LibC.Library, SetLastError = true)]
    internal static partial int getsockopt(SafeFileHandle fd, int level, int option, void* value, uint* length);

    [LibraryImport(LibC.Library, SetLastError = true)]
    internal static partial int ioctl(SafeFileHandle fd, nuint request, ifreq* argument);

    [LibraryImport(LibC.Library, SetLastError = true)]
    internal static partial if_nameindex_entry* if_nameindex();

    [LibraryImport(LibC.Library)]
    internal static partial void if_freenameindex(if_nameindex_entry* entries);
}
