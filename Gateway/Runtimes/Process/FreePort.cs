using System.Net;
using System.Net.Sockets;

namespace Gateway.Runtimes.Process;

/// <summary>A port for a program that is told where to listen.</summary>
internal static class FreePort
{
    /// <summary>
    /// The kernel's choice of a port that is free on every address of both families, since most programs listen on all of them,
    /// while others, the gateway's own sockets among them, may have it on one. It does not hand the same out again at once.
    /// </summary>
    /// <returns>1 to 65535.</returns>
    /// <exception cref="SocketException">There is none.</exception>
    public static int Find()
    {
        using var socket = Socket.OSSupportsIPv6
            ? new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
