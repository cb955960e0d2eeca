namespace Gateway.Model;

/// <summary>The kinds of signal that a request for a function is coming, the earliest first.</summary>
internal enum SignalKind
{
    /// <summary>The connection's first packet (RFC 9293, section 3.5). The source address is not proven yet.</summary>
    Syn,

    /// <summary>The handshake's ACK. It proves the source address, and the round trip has been measured.</summary>
    Established,

    /// <summary>The TLS ClientHello with its server name (RFC 6066, section 3).</summary>
    ClientHello,

    /// <summary>The request itself, which waits in the hold.</summary>
    Request,
}
