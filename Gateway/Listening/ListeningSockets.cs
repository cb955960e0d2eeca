using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks;

namespace Gateway.Listening;

/// <summary>
/// Knows the sockets that listen, by name: the address that they are bound to, or what a steered one is for. A gateway that takes over from another one, or that its service
/// manager starts with sockets, finds them here in the place of a bind. Thread safe.
/// </summary>
internal sealed class ListeningSockets
{
    /// <summary>The names of the sockets that the kernel steers to.</summary>
    public static readonly string[] SteeredNames = Enum.GetNames<SteeringSocket>();

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Socket> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Socket> _inherited = new(StringComparer.Ordinal);

    /// <summary>Returns the name of a bound socket.</summary>
    public static string NameOf(EndPoint endpoint) => endpoint.ToString() ?? "";

    /// <summary>Gets the sockets that are open, by name.</summary>
    public IReadOnlyList<(string Name, Socket Socket)> Open
    {
        get
        {
            lock (_gate)
            {
                // A socket that Kestrel has closed since is found by that.
                return [.. _open.Where(static pair => !pair.Value.SafeHandle.IsClosed).Select(static pair => (pair.Key, pair.Value))];
            }
        }
    }

    /// <summary>Gets how many sockets were inherited and are not used yet.</summary>
    public int Unused
    {
        get
        {
            lock (_gate)
            {
                return _inherited.Count;
            }
        }
    }

    /// <summary>Adds a socket that listens already, which <see cref="TryTake"/> finds.</summary>
    public void Inherit(string name, Socket socket)
    {
        lock (_gate)
        {
            if (!_inherited.TryAdd(name, socket))
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>Takes an inherited socket, or returns null if there is none of that name.</summary>
    public Socket? TryTake(string name)
    {
        lock (_gate)
        {
            return _inherited.Remove(name, out var socket) ? socket : null;
        }
    }

    /// <summary>Notes a socket that listens, or is about to.</summary>
    public void Add(string name, Socket socket)
    {
        lock (_gate)
        {
            _open[name] = socket;
        }
    }

    /// <summary>Closes the inherited sockets that the configuration has no use for.</summary>
    /// <returns>Returns their names.</returns>
    public IReadOnlyList<string> CloseUnused()
    {
        Socket[] unused;
        string[] names;
        lock (_gate)
        {
            (names, unused) = ([.. _inherited.Keys], [.. _inherited.Values]);
            _inherited.Clear();
        }

        Array.ForEach(unused, static socket => socket.Dispose());
        return names;
    }

    /// <summary>Makes a socket of a descriptor, which it then owns; null if it is no TCP socket that listens.</summary>
    public static Socket? Of(SafeHandle descriptor)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(new SafeSocketHandle(descriptor.DangerousGetHandle(), ownsHandle: true));
            descriptor.SetHandleAsInvalid();
            if (socket.ProtocolType == ProtocolType.Tcp && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is 1)
            {
                return socket;
            }
        }
        catch (SocketException)
        {
            // It is no socket.
        }

        socket?.Dispose();
        return null;
    }
}
