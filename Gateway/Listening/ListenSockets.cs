using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Listening;

/// <summary>Makes Kestrel's listening sockets, with the options that the earliest signals need.</summary>
internal sealed class ListenSockets(ConfigurationMonitor configuration)
{
    private const int TCP_FASTOPEN = 23; // linux/tcp.h

    /// <summary>linux/tcp.h: the kernel keeps the headers of each connection's SYN, 40 to 120 bytes, in which sock_ops finds the id.</summary>
    private const int TCP_SAVE_SYN = 27;

    /// <summary>How many connections may have begun with data while their handshake is not done. The data of further ones is not accepted.</summary>
    private const int FastOpenQueue = 1024;

    /// <summary>The bit of net.ipv4.tcp_fastopen (ip-sysctl.rst) that lets listeners take data in a SYN.</summary>
    private const int ServerBit = 2;

    /// <summary>Makes the bound socket of an endpoint.</summary>
    /// <exception cref="SocketException">The endpoint cannot be bound.</exception>
    public Socket Create(EndPoint endpoint)
    {
        if (endpoint is UnixDomainSocketEndPoint unix)
        {
            return UnixSockets.Bind(unix);
        }

        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (socket.ProtocolType == ProtocolType.Tcp && endpoint is IPEndPoint ip)
        {
            Prepare(socket, TakesDataInSyn(configuration.Current, ip));
        }

        return socket;
    }

    /// <summary>Sets the options that have to be set before a socket listens.</summary>
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

    /// <summary>Returns whether the socket that all addresses of a scheme share may take data in a SYN.</summary>
    public bool TakesDataInSyn(bool https) => TakesDataInSyn(configuration.Current.FastOpen, https);

    /// <summary>Returns whether an address may take data in a SYN, by what is configured and what it speaks.</summary>
    public static bool TakesDataInSyn(FastOpen fastOpen, bool https) => fastOpen is FastOpen.On || (https && fastOpen is not FastOpen.Off);

    /// <summary>
    /// Returns whether connections to an endpoint are signals. Those to the admin endpoint are not, and of a port that the system chooses the kernel does not know.
    /// </summary>
    public bool TakesSignals(EndPoint endpoint) =>
        endpoint is IPEndPoint { Port: > 0 } ip && configuration.Current.Admin.Listen.All(listen => listen.Port != ip.Port);

    /// <summary>Returns net.ipv4.tcp_fastopen if it does not let listeners take data; null if it does, or if it cannot be read.</summary>
    public static int? SysctlWithoutServer() => Sysctl.Read("net.ipv4.tcp_fastopen") is { } value && (value & ServerBit) == 0 ? value : null;

    // Only a port that is known to speak plain HTTP is excluded. Any other speaks TLS, or may do so after a reload.
    private static bool TakesDataInSyn(GatewayOptions options, IPEndPoint endpoint) => options.FastOpen switch
    {
        FastOpen.On => true,
        FastOpen.Off => false,
        _ => !options.Shared.Concat(options.Admin.Listen).Concat(options.Functions.Values.SelectMany(function => function.Listen))
            .Any(listen => !listen.IsHttps && !listen.IsTls && listen.Port == endpoint.Port),
    };

    // On a kernel without the option the gateway goes without the signal.
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
