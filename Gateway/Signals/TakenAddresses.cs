using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Readiness;

namespace Gateway.Signals;

/// <summary>
/// Finds addresses of functions that another program listens on. A steered address needs no bind that could fail, and
/// steering would silently take the other program's connections.
/// </summary>
internal static class TakenAddresses
{
    public static IReadOnlyList<ListenAddress> Among(IEnumerable<ListenAddress> addresses)
    {
        var listening = ListeningSocket.Of("thread-self").ToArray();
        var ports = listening.Select(socket => socket.Endpoint.Port).ToHashSet();
        var suspects = addresses.Where(address => ports.Contains(address.Port)).ToArray();
        if (suspects.Length == 0)
        {
            return [];
        }

        // A reload may move an address from an endpoint of ours to a function: that is not another program.
        var own = ProcessTable.SocketsOf(Environment.ProcessId) ?? [];
        var others = listening.Where(socket => !own.Contains(socket.Inode)).Select(socket => socket.Endpoint.Port).ToHashSet();
        return [.. suspects.Where(address => others.Contains(address.Port) && IsTaken(address))];
    }

    // The kernel's own word on whether addresses overlap, IPv6 sockets without IPv4 and the like included.
    private static bool IsTaken(ListenAddress address)
    {
        var ip = address.Address ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (ip.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        try
        {
            socket.Bind(new IPEndPoint(ip, address.Port));
            return false;
        }
        catch (SocketException error)
        {
            // An address that is not this machine's can be steered all the same, and nobody listens on it.
            return error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied;
        }
    }
}
