namespace Gateway.Ebpf.Hooks;

/// <summary>The sockets that connections are steered to: <c>enum hs_socket</c> of bpf/headstart.h.</summary>
public enum SteeringSocket
{
    /// <summary>The socket for plain HTTP.</summary>
    Plain = 0,

    /// <summary>The socket for TLS.</summary>
    Tls = 1,
}
