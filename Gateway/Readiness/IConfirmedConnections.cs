using System.Net;
using System.Net.Sockets;

namespace Gateway.Readiness;

/// <summary>Takes over the connections by which instances were found to answer.</summary>
internal interface IConfirmedConnections
{
    /// <summary>Takes over <paramref name="socket"/>, which is connected and has carried nothing yet, and owns it from here on.</summary>
    void Offer(IPEndPoint endpoint, Socket socket);
}
