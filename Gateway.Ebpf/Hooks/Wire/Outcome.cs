namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>enum hs_outcome</c> of bpf/headstart.h, in its order. A value is a column of the counters map.</summary>
internal enum Outcome
{
    Syn,
    Established,
    Listen,
    Quiet,
    Unknown,
    OtherNetns,
    LostRace,
    RingFull,
    BadFunction,
    Truncated,
    Malformed,
    Fragment,
    Extensions,
    Vlans,
    Shared,
    UnknownId,
    MalformedId,
    UnknownName,
    NoName,
    Steered,
    NoSocket,
    NotAssigned,
    ClientHello,
    Unproven,
    NotAwaited,
    OverBudget,
    NoCookie,
}
