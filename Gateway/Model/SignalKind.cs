namespace Gateway.Model;

/// <summary>What says that a request for a function is coming, earliest first.</summary>
internal enum SignalKind
{
    /// <summary>The connection's first packet (RFC 9293, section 3.5). The source address is not proven yet.</summary>
    Syn,

    /// <summary>The handshake's ACK: the source is proven and the round trip measured.</summary>
    Established,

    /// <summary>The TLS ClientHello and its server name (RFC 6066, section 3).</summary>
    ClientHello,

    /// <summary>The request itself, in the hold.</summary>
    Request,
}
