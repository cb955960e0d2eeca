namespace Gateway.Ebpf.Hooks;

/// <summary>
/// What a function can be armed for: the bits of <c>enum hs_kind</c> in bpf/headstart.h. Arm the later ones together with <see cref="Syn"/>: while
/// the kernel answers with SYN cookies, or if it accepts a Fast Open SYN at once, only the established connection is reported.
/// </summary>
[Flags]
public enum Triggers : ulong
{
    /// <summary>Nothing is reported: the function is awake or its wake is in flight.</summary>
    None = 0,

    /// <summary>A SYN. Its source address is not proven.</summary>
    Syn = 1,

    /// <summary>An established connection. Its source address is proven and its round trip measured.</summary>
    Established = 2,

    /// <summary>A ClientHello on an established connection. It is reported only with <see cref="KernelHooksOptions.ClientHello"/>.</summary>
    ClientHello = 8,

    /// <summary>
    /// No event: the report of a SYN disarms the function for SYNs only, so that one of the later events that it is armed for is reported as well. A SYN proves
    /// nothing, and the connection that it becomes does.
    /// </summary>
    StayAfterSyn = 16,
}

/// <summary>How a function was recognised: <c>enum hs_named</c> of bpf/headstart.h.</summary>
public enum NamedBy : ushort
{
    /// <summary>The destination belongs to that function alone.</summary>
    Address = 0,

    /// <summary>The SYN's options hold the function's id.</summary>
    SynId,

    /// <summary>This client, or its group, asked for the function last.</summary>
    Client,

    /// <summary>A ClientHello, inside the SYN (TCP Fast Open) or behind the handshake, holds a server name of the function.</summary>
    ServerName,

    /// <summary>An HTTP/1 request inside the SYN has a Host of the function.</summary>
    Host,
}

/// <summary>The program that reported an event: <c>enum hs_hook</c> of bpf/headstart.h.</summary>
public enum HookKind : byte
{
    /// <summary>sock_ops, on the cgroup root.</summary>
    SockOps = 0,

    /// <summary>XDP, on a network interface.</summary>
    Xdp = 1,

    /// <summary>sk_lookup. It reports no events, but has counters.</summary>
    SkLookup = 2,

    /// <summary>tcx, on a network interface whose XDP is taken.</summary>
    Tcx = 3,
}
