namespace Gateway.Ebpf.Hooks;

/// <summary>Whether and how XDP is attached beside sock_ops.</summary>
public enum XdpAttach
{
    /// <summary>XDP is not attached.</summary>
    Off,

    /// <summary>XDP is attached natively to network cards whose driver supports it; not to virtual devices, and not if the driver refuses.</summary>
    Auto,

    /// <summary>XDP is attached to every named interface, natively or, if the driver refuses, generically.</summary>
    Native,

    /// <summary>XDP is attached generically to every named interface. No driver needs to support that, but packets are seen a little later.</summary>
    Generic,
}

/// <summary>What to attach and how large the maps are.</summary>
public sealed record KernelHooksOptions
{
    /// <summary>Whether and how XDP is attached.</summary>
    public XdpAttach Xdp { get; init; } = XdpAttach.Auto;

    /// <summary>The names of the interfaces that XDP is attached to; if empty, every interface that is up.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>The numbers of functions are below this. 1 to 16,777,216; each takes eight bytes.</summary>
    public int MaxFunctions { get; init; } = 65536;

    /// <summary>How many destinations there can be. 1 to 16,777,216.</summary>
    public int MaxDestinations { get; init; } = 65536;

    /// <summary>Whether XDP (or tcx) reports ClientHellos behind the handshake too, for which it looks at every segment. It needs Linux 5.18.</summary>
    public bool ClientHello { get; init; }

    /// <summary>How many host names there can be. 1 to 16,777,216.</summary>
    public int MaxHosts { get; init; } = 65536;

    /// <summary>How many clients and groups of clients are remembered, 0 to 16,777,216. Each takes about 100 bytes, all of them at once.</summary>
    public int MaxClients { get; init; }

    /// <summary>Whether sk_lookup is attached, so that connections can be steered to a few sockets.</summary>
    public bool Steer { get; init; }

    /// <summary>The cgroup v2 directory that sock_ops is attached to; if null, the place where the machine's hierarchy is mounted.</summary>
    public string? CgroupRoot { get; init; }

    /// <summary>Whether attaching fails if sock_ops is refused, although XDP could see the SYNs on network cards.</summary>
    public bool RequireSockOps { get; init; }

    /// <summary>
    /// How often in a second (1.07 s, in fact) each CPU looks for a host name in data, inside SYNs and in ClientHellos. Each time takes some 10
    /// microseconds, so that a thousand cost one percent of the CPU. Names beyond the limit are left to the gateway.
    /// </summary>
    public int DataBudget { get; init; } = 1000;

    /// <summary>How many SYNs are reported. By default there is no limit.</summary>
    public SynLimits Limits { get; init; } = new();

    /// <summary>An object file in place of the embedded one, with which tests have programs refused.</summary>
    internal byte[]? Image { get; init; }
}

/// <summary>The result of attaching one program.</summary>
/// <param name="Interface">The network interface; "*" for programs that see every interface.</param>
/// <param name="Mode">"sock_ops", "sk_lookup", "native", "generic", "tcx" or "none".</param>
/// <param name="Why">A sentence, if nothing is attached or if it does less than was wanted.</param>
/// <param name="Refused">"sock_ops", "sock_create", "sk_lookup", "xdp" or "tcx", if the kernel refused that program altogether.</param>
public sealed record HookAttachment(string Interface, string Mode, string? Why = null, string? Refused = null);

/// <summary>What the kernel did with one program.</summary>
/// <param name="Program">"sock_ops", "sock_create" (only where sock_ops needs it), "sk_lookup", "xdp" or "tcx".</param>
/// <param name="Outcome">"loaded", "reduced" (it does less than it could on another kernel) or "refused".</param>
/// <param name="Why">One sentence, unless the outcome is "loaded".</param>
public sealed record HookProgram(string Program, string Outcome, string? Why);
