using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Ebpf;

/// <summary>A listening socket on a free port, and clients for it. All calls are synchronous: they stay on the caller's thread and network namespace.</summary>
internal sealed class Loopback : IDisposable
{
    private readonly Socket _listener;

    public Loopback(IPAddress address, bool dualStack = false)
    {
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            _listener.DualMode = dualStack;
        }
        _listener.Bind(new IPEndPoint(address, 0));
        _listener.Listen(1024);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    public int Port { get; }

    /// <summary>Connects, closes and returns the client's endpoint.</summary>
    public IPEndPoint Connect(IPAddress address)
    {
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.LingerState = new LingerOption(true, 0); // a reset: no TIME_WAIT is left behind
        client.Connect(new IPEndPoint(address, Port));
        _listener.Accept().Dispose(); // else the backlog fills
        return (IPEndPoint)client.LocalEndPoint!;
    }

    public void Dispose() => _listener.Dispose();
}
