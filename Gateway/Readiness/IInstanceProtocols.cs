using System.Net;

namespace Gateway.Readiness;

/// <summary>Stores what is found out about an instance's protocol while it becomes ready.</summary>
internal interface IInstanceProtocols
{
    /// <summary>Stores that an instance answers HTTP/2 without TLS and did not answer HTTP/1.1.</summary>
    void NoteH2c(IPEndPoint endpoint);
}
