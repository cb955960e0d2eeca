using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Runtimes.Process;

/// <summary>Ports for programs that are told where to listen: no two of them get the same while they live.</summary>
internal sealed class FreePorts
{
    // A program listens some time after its port was chosen: until then the kernel would choose it again.
    private readonly ConcurrentDictionary<int, bool> _taken = new();

    /// <summary>
    /// The kernel's choice of a port that is free on every address of both families, since most programs listen on all of them,
    /// while others, the gateway's own sockets among them, may have it on one.
    /// </summary>
    /// <returns>1 to 65535; the caller's until <see cref="Return"/>.</returns>
    /// <exception cref="SocketException">There is none.</exception>
    public int Take()
    {
        // Those that were chosen in vain are kept until the end, so that the kernel must choose others.
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
