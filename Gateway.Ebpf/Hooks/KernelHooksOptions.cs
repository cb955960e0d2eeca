namespace Gateway.Ebpf.Hooks;

/// <summary>When to add XDP to sock_ops.</summary>
public enum XdpAttach
{
    Off,

    /// <summary>Native, on network cards whose driver has it. Nothing on virtual devices, nothing when the driver refuses.</summary>
    Auto,

    /// <summary>Native, or generic where the driver refuses, on every interface named.</summary>
    Native,

    /// <summary>Generic on every interface named: no device needs support, the packet is seen a little later.</summary>
    Generic,
}

/// <summary>What to attach and how large the maps are.</summary>
public sealed record KernelHooksOptions
{
    public XdpAttach Xdp { get; init; } = XdpAttach.Auto;

    /// <summary>Interfaces for XDP by name; empty means every one that is up.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Function indexes are below this. 1 to 16,777,216; eight bytes each.</summary>
    public int MaxFunctions { get; init; } = 65536;

    /// <summary>Addresses and ports that belong to functions. 1 to 16,777,216.</summary>
    public int MaxDestinations { get; init; } = 65536;

    /// <summary>Whether XDP (or tcx) tells of ClientHellos behind the handshake too; it looks at every segment then. Linux 5.18.</summary>
    public bool ClientHello { get; init; }

    /// <summary>Host names that belong to functions. 1 to 16,777,216.</summary>
    public int MaxHosts { get; init; } = 65536;

    /// <summary>Clients and groups of clients to remember, about 100 bytes each, taken at once; 0: none. Up to 16,777,216.</summary>
    public int MaxClients { get; init; }

    /// <summary>Whether to attach sk_lookup, so that connections can be steered to few sockets.</summary>
    public bool Steer { get; init; }

    /// <summary>The cgroup v2 directory to watch; null finds where the machine's hierarchy is mounted.</summary>
    public string? CgroupRoot { get; init; }

    /// <summary>Whether an error is thrown where sock_ops is refused, though XDP could hear SYNs on network cards.</summary>
    public bool RequireSockOps { get; init; }

    /// <summary>
    /// How often each CPU looks for a host name in data in a second (1.07 s, in fact), inside SYNs and in ClientHellos: at some 10
    /// microseconds each a thousand cost one percent of the CPU. Beyond it the gateway's own reader sees them.
    /// </summary>
    public int DataBudget { get; init; } = 1000;

    /// <summary>The object file in place of the embedded one: tests have programs refused with it.</summary>
    internal byte[]? Image { get; init; }
}

/// <summary>What came of one attachment.</summary>
/// <param name="Interface">The network interface; "*" for programs that know every one.</param>
/// <param name="Mode">"sock_ops", "sk_lookup", "native", "generic", "tcx" or "none".</param>
/// <param name="Why">A sentence, when there is none or it does less than was asked for.</param>
/// <param name="Refused">"sock_ops", "sock_create", "sk_lookup", "xdp" or "tcx", when the kernel refused that program altogether.</param>
public sealed record HookAttachment(string Interface, string Mode, string? Why = null, string? Refused = null);

/// <summary>What the kernel did with one program.</summary>
/// <param name="Program">"sock_ops", "sock_create" (only where sock_ops needs it), "sk_lookup", "xdp" or "tcx".</param>
/// <param name="Outcome">"loaded", "reduced" (it does less than it could on another kernel) or "refused".</param>
/// <param name="Why">One sentence, unless it was simply loaded.</param>
public sealed record HookProgram(string Program, string Outcome, string? Why);
