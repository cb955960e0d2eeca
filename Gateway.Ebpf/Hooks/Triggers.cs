namespace Gateway.Ebpf.Hooks;

/// <summary>
/// What may wake a function. The bits of <c>enum hs_kind</c> in bpf/headstart.h. Arm both for the earliest signal there is: while the
/// kernel answers with SYN cookies, or a Fast Open SYN is accepted at once, only the established connection is told.
/// </summary>
[Flags]
public enum Triggers : ulong
{
    /// <summary>The function is awake or its wake is in flight: the kernel says nothing.</summary>
    None = 0,

    /// <summary>A SYN. Its source address is not proven.</summary>
    Syn = 1,

    /// <summary>The handshake is done: the source is proven and the round trip measured.</summary>
    Established = 2,

    /// <summary>A ClientHello on an established connection; only with <see cref="KernelHooksOptions.ClientHello"/>.</summary>
    ClientHello = 8,
}

/// <summary>What told the function. <c>enum hs_named</c> in bpf/headstart.h.</summary>
public enum NamedBy : ushort
{
    /// <summary>The destination is that function's alone.</summary>
    Address = 0,

    /// <summary>The id in the SYN's options.</summary>
    SynId,

    /// <summary>What this client, or its neighbours, asked for last.</summary>
    Client,

    /// <summary>The server name of a ClientHello, inside the SYN (TCP Fast Open) or behind the handshake.</summary>
    ServerName,

    /// <summary>The Host of an HTTP/1 request inside the SYN.</summary>
    Host,
}

/// <summary>Which program saw it. <c>enum hs_hook</c> in bpf/headstart.h.</summary>
public enum HookKind : byte
{
    SockOps = 0,
    Xdp = 1,

    /// <summary>Tells of nothing; it is here for its counters.</summary>
    SkLookup = 2,

    Tcx = 3,
}
