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
}

/// <summary>Which program saw it. <c>enum hs_hook</c> in bpf/headstart.h.</summary>
public enum HookKind : byte
{
    SockOps = 0,
    Xdp = 1,
}
