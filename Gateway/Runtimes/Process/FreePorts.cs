using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Runtimes.Process;

/// <summary>Chooses ports for programs that are told where to listen. No two of them get the same port while they live.</summary>
internal sealed class FreePorts
{
    // A program listens only some time after its port was chosen, and until then the kernel might choose it again.
    private readonly ConcurrentDictionary<int, bool> _taken = new();

    /// <summary>
    /// Returns a port of the kernel's choice that is free on every address of both families, because most programs listen on all of them,
    /// while others, such as the gateway's own sockets, may use it on one.
    /// </summary>
    /// <returns>Returns 1 to 65535. The port belongs to the caller until <see cref="Return"/>.</returns>
    /// <exception cref="SocketException">No port is free.</exception>
    public int Take()
    {
        // Rejected ports stay bound until the end, so that the kernel has to choose others.
        List<Socket> tried = [];
        try
        {
            while (true)
            {
                tried.Add(Bind());
                var port = ((IPEndPoint)tried[^1].LocalEndPoint!).Port;
                if (_taken.TryAdd(port, true))
                {
                    return port;
                }
            }
        }
        finally
        {
            tried.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>Notes a port that a program has which an earlier gateway chose it for.</summary>
    public void Note(int port) => _taken.TryAdd(port, true);

    /// <summary>Returns a port, so that it can be chosen again.</summary>
    public void Return(int port) => _taken.TryRemove(port, out _);

    private static Socket Bind()
    {
        var socket = Socket.OSSupportsIPv6
            ? new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
