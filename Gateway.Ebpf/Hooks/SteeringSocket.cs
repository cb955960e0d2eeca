namespace Gateway.Ebpf.Hooks;

/// <summary>The sockets that steered connections go to. <c>enum hs_socket</c> in bpf/headstart.h.</summary>
public enum SteeringSocket
{
    Plain = 0,
    Tls = 1,
}
