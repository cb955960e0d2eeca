using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Configuration.Kestrel;
using Gateway.Ebpf.Hooks;
using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Listening;

/// <summary>
/// Makes the sockets that take the connections of all functions if the kernel steers: one for plain HTTP and one for TLS. To Kestrel they are two
/// endpoints. They are bound to loopback addresses that nobody dials, and each connection is asked which address its client dialled.
/// </summary>
internal sealed partial class SteeredSockets(KernelAddresses kernel, ListenSockets sockets, ListeningSockets listening)
{
    /// <summary>How many connections may wait to be accepted, of all functions together. net.core.somaxconn bounds it.</summary>
    public const int Backlog = 4096;

    private readonly Lock _gate = new();
    private IPEndPoint[] _own = [];

    /// <summary>Makes the socket of an endpoint: one of the two, or else as Kestrel would make it.</summary>
    /// <exception cref="SocketException">The endpoint cannot be bound. Kestrel expects this exception.</exception>
    public Socket Bind(EndPoint endpoint)
    {
        if (WhichOf(endpoint) is not { } which)
        {
            return Create(endpoint);
        }

        var name = which.ToString();
        var socket = listening.TryTake(name) ?? Listen((IPEndPoint)endpoint, sockets.TakesDataInSyn(which == SteeringSocket.Tls));
        try
        {
            kernel.SetSocket(which, socket.SafeHandle);
            listening.Add(name, socket);
            lock (_gate)
            {
                _own = [.. _own, (IPEndPoint)socket.LocalEndPoint!];
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Occurs when an endpoint could not be opened. After the start Kestrel reports that to nobody.</summary>
    public event EventHandler<BindFailedEventArgs>? BindFailed;

    private Socket Create(EndPoint endpoint)
    {
        try
        {
            var name = ListeningSockets.NameOf(endpoint);
            var socket = listening.TryTake(name) ?? sockets.Create(endpoint);
            if (sockets.TakesSignals(endpoint))
            {
                kernel.HearSynCookies(socket);
            }

            listening.Add(name, socket);
            return socket;
        }
        catch (SocketException error) when (!MayDoWithout(endpoint, error.SocketErrorCode))
        {
            BindFailed?.Invoke(this, new BindFailedEventArgs(endpoint, error));
            throw;
        }
    }

    // On a machine without IPv6 Kestrel listens on "*" and "localhost" by IPv4 alone.
    private static bool MayDoWithout(EndPoint endpoint, SocketError error) =>
        error != SocketError.AddressAlreadyInUse && endpoint is IPEndPoint { Address: var address } && (address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.IPv6Loopback));

    /// <summary>
    /// Gives a steered connection the local address that its client dialled. The framework assumes that it is the one of the listening socket.
    /// </summary>
    /// <returns>Returns false if the client dialled the socket's own address, which belongs to no function, or if the connection is closed already.</returns>
    public bool Resolve(ConnectionContext connection)
    {
        if (connection.LocalEndPoint is not IPEndPoint supposed || !Array.Exists(_own, supposed.Equals)
            || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            return true;
        }

        IPEndPoint dialled;
        try
        {
            dialled = NameOf(socket, supposed);
        }
        catch (ObjectDisposedException)
        {
            // The connection was closed for another one before anything was done with it.
            return false;
        }

        connection.LocalEndPoint = dialled;
        return !dialled.Equals(supposed);
    }

    private static SteeringSocket? WhichOf(EndPoint endpoint) => endpoint switch
    {
        IPEndPoint ip when ip.Address.Equals(KestrelEndpoints.SteeredPlain) => SteeringSocket.Plain,
        IPEndPoint ip when ip.Address.Equals(KestrelEndpoints.SteeredTls) => SteeringSocket.Tls,
        _ => null,
    };

    private Socket Listen(IPEndPoint endpoint, bool dataInSyn)
    {
        // An IPv6 socket takes connections of both families, an IPv4 one only its own.
        var both = Socket.OSSupportsIPv6;
        var socket = both ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(both ? new IPEndPoint(endpoint.Address.MapToIPv6(), 0) : new IPEndPoint(endpoint.Address, 0));
            ListenSockets.Prepare(socket, dataInSyn);
            kernel.HearSynCookies(socket);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Socket.LocalEndPoint of an accepted socket is the one of the listening socket, unless that is bound to any address.
    private static unsafe IPEndPoint NameOf(Socket socket, IPEndPoint supposed)
    {
        var name = new SocketAddress(supposed.AddressFamily);
        fixed (byte* start = name.Buffer.Span)
        {
            var length = name.Size;
            return getsockname(socket.SafeHandle, start, &length) == 0 ? (IPEndPoint)supposed.Create(name) : throw new SocketException(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>sys/socket.h</summary>
    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int getsockname(SafeSocketHandle socket, byte* address, int* length);
}
