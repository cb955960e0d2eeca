using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Calls getsockname(2), which the framework does not do for an accepted socket.</summary>
internal static unsafe partial class SocketNames
{
    public static IPEndPoint Local(Socket socket)
    {
        var name = new SocketAddress(AddressFamily.InterNetworkV6);
        fixed (byte* start = name.Buffer.Span)
        {
            var length = name.Size;
            Assert.Equal(0, getsockname(socket.SafeHandle, start, &length));
        }

        var end = (IPEndPoint)new IPEndPoint(IPAddress.IPv6Any, 0).Create(name);
        return end.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(end.Address.MapToIPv4(), end.Port) : end;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(SafeSocketHandle socket, byte* address, int* length);
}
