using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Ebpf;

/// <summary>A real connection to which the frames of <see cref="Packet"/> belong, over the loopback of the calling thread's network namespace.</summary>
internal sealed class FrameConnection : IDisposable
{
    private const int IpLevel = 0, IpFreeBind = 15; // IPPROTO_IP and IP_FREEBIND, linux/in.h
    private const int IpV6Level = 41, IpV6FreeBind = 78; // IPPROTO_IPV6 and IPV6_FREEBIND, linux/in6.h

    private readonly Socket _listener, _client, _accepted;

    private FrameConnection(IPAddress server, IPAddress client)
    {
        _listener = Bound(server, Packet.LocalPort);
        _listener.Listen();
        _client = Bound(client, Packet.RemotePort);
        _client.Connect(new IPEndPoint(server, Packet.LocalPort));
        _accepted = _listener.Accept();
    }

    /// <summary>
    /// Gives the namespace the frames' addresses, once for each namespace. Routes do that, because an added IPv6 address can be used only after some time.
    /// </summary>
    public static void AddAddresses()
    {
        foreach (var address in (IPAddress[])[Packet.Server4, Packet.Client4, Packet.Server6, Packet.Client6])
        {
            NetworkNamespace.Ip($"route add local {address} dev lo");
        }
    }

    public static FrameConnection IPv4() => new(Packet.Server4, Packet.Client4);

    public static FrameConnection IPv6() => new(Packet.Server6, Packet.Client6);

    /// <summary>Sends data from the client in one segment.</summary>
    public void Send(byte[] data)
    {
        _client.Send(data);
        var received = 0;
        while (received < data.Length)
        {
            received += _accepted.Receive(new byte[data.Length]);
        }
    }

    /// <summary>Ends the connection; the listener stays.</summary>
    public void Close()
    {
        _client.Dispose();
        _accepted.Dispose();
    }

    public void Dispose()
    {
        Close();
        _listener.Dispose();
    }

    private static Socket Bound(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.LingerState = new LingerOption(true, 0); // ends with a reset: no TIME_WAIT is left behind
        var (level, freeBind) = address.AddressFamily == AddressFamily.InterNetwork ? (IpLevel, IpFreeBind) : (IpV6Level, IpV6FreeBind);
        socket.SetRawSocketOption(level, freeBind, BitConverter.GetBytes(1)); // to an address that no interface has
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }
}
