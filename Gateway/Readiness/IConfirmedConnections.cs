using System.Net;
using System.Net.Sockets;

namespace Gateway.Readiness;

/// <summary>Takes over connections by which instances were found ready.</summary>
internal interface IConfirmedConnections
{
    /// <summary>Takes ownership of a connected socket that has carried nothing yet.</summary>
    void Offer(IPEndPoint endpoint, Socket socket);
}
