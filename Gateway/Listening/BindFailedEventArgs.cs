using System.Net;
using System.Net.Sockets;

namespace Gateway.Listening;

/// <summary>An endpoint that could not be opened.</summary>
internal sealed class BindFailedEventArgs(EndPoint endpoint, SocketException error) : EventArgs
{
    public EndPoint Endpoint => endpoint;

    public SocketException Error => error;
}
