using System.Net;

namespace Gateway.Readiness;

/// <summary>Takes note of what is found out about an instance's protocol while it becomes ready.</summary>
internal interface IInstanceProtocols
{
    /// <summary>Notes that the instance answers HTTP/2 without TLS and did not answer HTTP/1.1.</summary>
    void NoteH2c(IPEndPoint endpoint);
}
