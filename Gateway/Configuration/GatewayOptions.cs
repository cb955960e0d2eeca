using System.Collections.Frozen;
using System.Net;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Policies;
using Gateway.Configuration.Proxy;

namespace Gateway.Configuration;

/// <summary>The <c>Gateway</c> section, read and validated. Immutable: a reload makes a new one. Equal when all of it says the same.</summary>
internal sealed record GatewayOptions
{
    /// <summary>
    /// Tells this gateway's containers from another's on the same engine: <c>Gateway:Name</c>, by default made of the admin
    /// endpoint's address, which two gateways of one machine cannot share.
    /// </summary>
    public string Name { get; init; } = "headstart-127.0.0.1-9090";

    /// <summary>Which listening sockets take data inside a SYN (TCP Fast Open), where net.ipv4.tcp_fastopen allows it.</summary>
    public FastOpen FastOpen { get; init; }

    /// <summary>Whether answers carry <c>Server-Timing</c> with what was hidden and what was waited (W3C Server Timing).</summary>
    public bool ServerTiming { get; init; }

    public AdminOptions Admin { get; init; } = new();
    public EbpfOptions Ebpf { get; init; } = new();

    /// <summary>The runtimes' own sections, by <see cref="IRunReader.Name"/>. A runtime without one is left out.</summary>
    public FrozenDictionary<string, RuntimeSettings> Runtimes { get; init; } = FrozenDictionary<string, RuntimeSettings>.Empty;

    public BudgetOptions Budget { get; init; } = new();
    public StateOptions State { get; init; } = new();
    public MemoryOptions Memory { get; init; } = new();

    /// <summary>The user's own Kestrel endpoints, by address: functions share them. Those with a port of the system's choosing are left out.</summary>
    public IReadOnlyList<ListenAddress> Shared { get; init; } = [];

    /// <summary>The user's <c>Kestrel:Limits</c>.</summary>
    public KestrelLimits Limits { get; init; } = KestrelLimits.Default;

    /// <summary>The user's own routes and clusters.</summary>
    public ProxyOptions Proxy { get; init; } = new();

    /// <summary>ASP.NET Core's own middlewares, as the user's sections beside this one configure them.</summary>
    public PolicyOptions Policies { get; init; } = PolicyOptions.None;

    /// <summary>Functions by name. Names compare as YARP's cluster ids do: ignoring case.</summary>
    public FrozenDictionary<string, FunctionOptions> Functions { get; init; } =
        FrozenDictionary<string, FunctionOptions>.Empty;

    public bool Equals(GatewayOptions? other) =>
        other is not null && Name == other.Name && ServerTiming == other.ServerTiming && FastOpen == other.FastOpen
        && Admin == other.Admin && Ebpf == other.Ebpf && Budget == other.Budget
        && State == other.State && Memory == other.Memory && Policies == other.Policies && Limits.Equals(other.Limits) && Shared.SequenceEqual(other.Shared) && Proxy == other.Proxy
        && Runtimes.Count == other.Runtimes.Count
        && Runtimes.All(pair => other.Runtimes.TryGetValue(pair.Key, out var its) && pair.Value == its)
        && Functions.Count == other.Functions.Count
        && Functions.All(pair => other.Functions.TryGetValue(pair.Key, out var its) && pair.Value == its);

    public override int GetHashCode() => HashCode.Combine(Admin, Ebpf, Budget, Runtimes.Count, Functions.Count);
}

/// <summary>The admin endpoint: its own address, loopback unless the user says otherwise.</summary>
internal sealed record AdminOptions
{
    /// <summary>As a client would write it; for every address (<c>*</c>) the host is <c>[::]</c>.</summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:9090");

    /// <summary>The same as sockets: one, or for <c>localhost</c> both loopbacks, on one port.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [new(Uri.UriSchemeHttp, IPAddress.Loopback, 9090)];

    public bool Equals(AdminOptions? other) => other is not null && Url == other.Url && Listen.SequenceEqual(other.Listen);

    public override int GetHashCode() => Url.GetHashCode();
}

/// <summary>TCP Fast Open (RFC 7413) on listening sockets. The network may deliver such a SYN twice, so what it carries may be done twice.</summary>
internal enum FastOpen
{
    /// <summary>On https addresses: a ClientHello that comes twice does no harm.</summary>
    Auto,

    /// <summary>On http addresses too: requests there must bear being done twice.</summary>
    On,
    Off,
}

internal enum EbpfMode
{
    /// <summary>Use the kernel's signals where they can be had; say so once and go on without where not.</summary>
    Auto,

    /// <summary>No kernel signals, no start: exit code 2.</summary>
    Required,
    Off,
}

internal enum XdpMode
{
    /// <summary>Native XDP on network cards whose driver has it; nothing on veth, bridges, TAP or lo.</summary>
    Auto,

    /// <summary>Native, falling back to generic, on every named interface.</summary>
    Native,
    Generic,
    Off,
}

internal sealed record EbpfOptions
{
    public EbpfMode Mode { get; init; } = EbpfMode.Auto;
    public XdpMode Xdp { get; init; } = XdpMode.Auto;

    /// <summary>Interfaces for XDP; empty means every interface that is up.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Whether XDP, where it is attached, tells of ClientHellos before the gateway has them.</summary>
    public bool ClientHello { get; init; } = true;

    public ReturningOptions ReturningClients { get; init; } = new();

    public bool Equals(EbpfOptions? other) =>
        other is not null && Mode == other.Mode && Xdp == other.Xdp && ClientHello == other.ClientHello && ReturningClients == other.ReturningClients &&
        Interfaces.SequenceEqual(other.Interfaces, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Mode, Xdp, Interfaces.Count);
}

/// <summary>Waking what a client of a shared address asked for last, at its next SYN.</summary>
internal sealed record ReturningOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>The share of right predictions, 0 to 1, below which a group of clients (IPv4 /24, IPv6 /64) is not predicted.</summary>
    public double Precision { get; init; } = 0.8;

    /// <summary>Addresses and groups that are remembered; the oldest are forgotten. 1,024 to 1,000,000.</summary>
    public int Remember { get; init; } = 32768;
}

/// <summary>Where what was measured is kept over restarts.</summary>
internal sealed record StateOptions
{
    /// <summary>A file, relative to the content root; empty: nothing is kept; null: where systemd has it, else in the content root.</summary>
    public string? Path { get; init; }
}

/// <summary>How much memory the functions' instances may use.</summary>
internal sealed record MemoryOptions
{
    /// <summary>In bytes, over all functions; null: as much as there is.</summary>
    public long? Budget { get; init; }
}

/// <summary>How many starts the machine is asked for. A wake over the budget is counted and passes; a held request waits for its turn.</summary>
internal sealed record BudgetOptions
{
    /// <summary>Starts in flight at once, over all functions. 1 to 10,000.</summary>
    public int Concurrent { get; init; } = 64;

    /// <summary>Starts a minute, over all functions. 1 to 1,000,000.</summary>
    public int PerMinute { get; init; } = 3000;

    /// <summary>Starts a minute of one function. 1 to 1,000,000.</summary>
    public int PerFunctionPerMinute { get; init; } = 600;
}
