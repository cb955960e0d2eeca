using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Listening;

/// <summary>Makes Kestrel's listening sockets, with what the earliest signals need of them.</summary>
internal sealed class ListenSockets(ConfigurationMonitor configuration)
{
    private const int TCP_FASTOPEN = 23; // linux/tcp.h

    /// <summary>linux/tcp.h: the kernel keeps the headers of each connection's SYN, 40 to 120 bytes, for sock_ops to find the id in.</summary>
    private const int TCP_SAVE_SYN = 27;

    /// <summary>Connections that began with data and whose handshake is not done; more are answered as if there had been none.</summary>
    private const int FastOpenQueue = 1024;

    /// <summary>Bit of net.ipv4.tcp_fastopen (ip-sysctl.rst): listeners may take data in a SYN.</summary>
    private const int ServerBit = 2;

    private const string Sysctl = "/proc/sys/net/ipv4/tcp_fastopen";

    public Socket Create(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (socket.ProtocolType == ProtocolType.Tcp && endpoint is IPEndPoint ip)
        {
            Prepare(socket, TakesDataInSyn(configuration.Current, ip));
        }

        return socket;
    }

    /// <summary>Sets the options of a socket that have to be set before it listens.</summary>
    /// <param name="socket">A TCP socket.</param>
    /// <param name="dataInSyn">Whether it may take data in a SYN.</param>
    public static void Prepare(Socket socket, bool dataInSyn)
    {
        Set(socket, TCP_SAVE_SYN, 1);
        if (dataInSyn)
        {
            Set(socket, TCP_FASTOPEN, FastOpenQueue);
        }
    }

    /// <summary>Whether a socket that all addresses of a scheme share may take data in a SYN.</summary>
    public bool TakesDataInSyn(bool https) => configuration.Current.FastOpen is FastOpen.On || (https && configuration.Current.FastOpen is not FastOpen.Off);

    /// <summary>net.ipv4.tcp_fastopen, if it does not let listeners take data; null when it does, or cannot be read.</summary>
    public static int? SysctlWithoutServer()
    {
        try
        {
            return int.TryParse(File.ReadAllText(Sysctl), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && (value & ServerBit) == 0 ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // An address that is known as http is the one to be careful with: any other speaks TLS, or soon will (a reload).
    private static bool TakesDataInSyn(GatewayOptions options, IPEndPoint endpoint) => options.FastOpen switch
    {
        FastOpen.On => true,
        FastOpen.Off => false,
        _ => !options.Shared.Concat(options.Admin.Listen).Concat(options.Functions.Values.SelectMany(function => function.Listen))
            .Any(listen => !listen.IsHttps && listen.Port == endpoint.Port),
    };

    // A kernel without the option has a gateway without the signal.
    private static void Set(Socket socket, int option, int value)
    {
        try
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, option, BitConverter.GetBytes(value));
        }
        catch (SocketException)
        {
        }
    }
}
