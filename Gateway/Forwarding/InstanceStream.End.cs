using System.Net;
using System.Net.Sockets;
using Gateway.Listening;

namespace Gateway.Forwarding;

/// <summary>Ends the connection with its instance.</summary>
internal sealed partial class InstanceStream
{
    private Action? _onEnd;

    /// <summary>Leaves it to whoever passes the bytes on to read what has come of them when the program has ended, and then to close the connection.</summary>
    /// <param name="onEnd">Called when the program has ended. Nothing more comes from it then.</param>
    public void DrainAtEnd(Action onEnd) => Volatile.Write(ref _onEnd, onEnd);

    /// <summary>Whether it is left to whoever passes the bytes on to close the connection.</summary>
    public bool Drains => Volatile.Read(ref _onEnd) is not null;

    /// <summary>Whether the program had ended without ending the connection, so that what came from it may not be all.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Closes the connection, or has it drained (<see cref="DrainAtEnd"/>), because its instance ends.</summary>
    /// <param name="hasEnded">Whether the program at the other end has ended.</param>
    public void End(bool hasEnded)
    {
        if (Volatile.Read(ref _onEnd) is not { } onEnd)
        {
            Close(hasEnded);
            return;
        }

        try
        {
            // A network that is taken down with its container passes no FIN on. On this machine's own one, it has come before.
            IsCut = !IPAddress.IsLoopback(endpoint.Address) && TcpInfo.MayReceive(Socket);
            // What the kernel has received already can still be read.
            Socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is closed, or the program has reset it.
        }

        onEnd();
    }

    /// <summary>Closes the connection at once.</summary>
    /// <param name="hasEnded">Whether nobody is there any more to end it with, so that it is reset.</param>
    public void Close(bool hasEnded)
    {
        if (hasEnded)
        {
            // Nobody would acknowledge a FIN, so that the kernel would repeat it. A reset is sent only once.
            try
            {
                Socket.LingerState = new LingerOption(enable: true, seconds: 0);
                Socket.Dispose();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The pool has closed it already.
            }
        }

        Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            owner.Remove(this);
            bytes.Dispose();
        }

        base.Dispose(disposing);
    }
}
