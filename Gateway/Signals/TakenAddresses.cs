using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Readiness;

namespace Gateway.Signals;

/// <summary>
/// Finds the addresses of functions that another program listens on. A steered address needs no bind that could fail, so steering it would
/// silently take the other program's connections.
/// </summary>
internal static class TakenAddresses
{
    /// <summary>Returns those of the addresses that another program listens on.</summary>
    public static IReadOnlyList<ListenAddress> Among(IEnumerable<ListenAddress> addresses)
    {
        var listening = ListeningSocket.Of("thread-self").ToArray();
        var ports = listening.Select(socket => socket.Endpoint.Port).ToHashSet();
        var suspects = addresses.Where(address => ports.Contains(address.Port)).ToArray();
        if (suspects.Length == 0)
        {
            return [];
        }

        // A reload may move an address from an endpoint of the gateway to a function. The gateway is not another program.
        var own = ProcessTable.SocketsOf(Environment.ProcessId) ?? [];
        var others = listening.Where(socket => !own.Contains(socket.Inode)).Select(socket => socket.Endpoint.Port).ToHashSet();
        return [.. suspects.Where(address => others.Contains(address.Port) && IsTaken(address))];
    }

    /// <summary>Returns those of the addresses that this process may not listen on, or that are no addresses of this machine, each with the kernel's reason.</summary>
    public static IEnumerable<(ListenAddress Address, string Reason)> Impossible(IEnumerable<ListenAddress> addresses) =>
        from address in addresses
        let error = TryBind(address)
        where error is { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable }
        select (address, error.Message);

    // An address that does not belong to this machine can be steered too, and nobody can listen on it.
    private static bool IsTaken(ListenAddress address) => TryBind(address) is { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AccessDenied };

    // A bind lets the kernel decide whether addresses overlap, for IPv6 sockets without IPv4 too.
    private static SocketException? TryBind(ListenAddress address)
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
            return null;
        }
        catch (SocketException error)
        {
            return error;
        }
    }
}
