using System.Runtime.InteropServices;
using System.Text;
using Gateway.Ebpf.Native;
using LibBpf;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ebpf.Hooks;

/// <summary>A network device of this network namespace.</summary>
internal sealed record NetworkDevice(string Name, int Index, bool IsUp, bool IsLoopback, string Driver, string Bus);

/// <summary>
/// Asks the kernel about network devices by ioctl. /sys/class/net is not used, because it shows the namespace in which it was mounted, which
/// is another one under nsenter and in some containers.
/// </summary>
internal static unsafe class NetworkInterfaces
{
    /// <summary>Describes every interface of the calling thread's network namespace.</summary>
    internal static IReadOnlyList<NetworkDevice> All()
    {
        using var socket = OpenSocket();
        var entries = NetDevice.if_nameindex();
        if (entries is null)
        {
            throw BpfException.FromErrno("listing network interfaces", Marshal.GetLastPInvokeError());
        }
        try
        {
            var devices = new List<NetworkDevice>();
            for (var entry = entries; entry->if_index != 0; entry++)
            {
                devices.Add(Describe(socket, Marshal.PtrToStringUTF8((nint)entry->if_name)!, (int)entry->if_index));
            }
            return devices;
        }
        finally
        {
            NetDevice.if_freenameindex(entries);
        }
    }

    /// <summary>Describes an interface. Returns null if it has disappeared.</summary>
    internal static NetworkDevice? Find(string name, int index)
    {
        using var socket = OpenSocket();
        var request = RequestFor(name);
        return NetDevice.ioctl(socket, NetDevice.SIOCGIFFLAGS, &request) == 0 ? Describe(socket, name, index) : null;
    }

    /// <summary>Returns SO_NETNS_COOKIE of the calling thread's network namespace. It needs Linux 5.14.</summary>
    internal static ulong NetnsCookie()
    {
        using var socket = OpenSocket();
        ulong cookie;
        uint length = sizeof(ulong);
        var result = NetDevice.getsockopt(socket, NetDevice.SOL_SOCKET, NetDevice.SO_NETNS_COOKIE, &cookie, &length);
        LibC.Check(result, "asking for the network namespace's cookie (Linux 5.14 or later has it)");
        return cookie;
    }

    private static NetworkDevice Describe(SafeFileHandle socket, string name, int index)
    {
        var request = RequestFor(name);
        var flags = NetDevice.ioctl(socket, NetDevice.SIOCGIFFLAGS, &request) == 0 ? request.ifr_flags : (short)0;

        var info = new ethtool_drvinfo { cmd = NetDevice.ETHTOOL_GDRVINFO };
        request = RequestFor(name);
        request.ifr_data = &info;
        var hasDriver = NetDevice.ioctl(socket, NetDevice.SIOCETHTOOL, &request) == 0; // The loopback device and some others have none.
        return new NetworkDevice(name, index, (flags & NetDevice.IFF_UP) != 0, (flags & NetDevice.IFF_LOOPBACK) != 0,
            hasDriver ? Text(info.driver) : "", hasDriver ? Text(info.bus_info) : "");
    }

    private static ifreq RequestFor(string name)
    {
        var request = new ifreq();
        Encoding.UTF8.GetBytes(name, ((Span<byte>)request.ifr_name)[..(NetDevice.IFNAMSIZ - 1)]);
        return request;
    }

    private static string Text(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private static SafeFileHandle OpenSocket() =>
        LibC.Own(NetDevice.socket(NetDevice.AF_INET, NetDevice.SOCK_DGRAM | NetDevice.SOCK_CLOEXEC, 0), "opening a socket");
}
