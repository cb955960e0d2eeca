using System.Collections.Frozen;
using System.Net;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Policies;
using Gateway.Configuration.Proxy;
using Gateway.Configuration.Webhooks;

namespace Gateway.Configuration;

/// <summary>
/// The whole configuration, read and validated: the <c>Gateway</c> section and those beside it. It never changes, and a reload makes a new one.
/// Two are equal if they say the same.
/// </summary>
internal sealed record GatewayOptions
{
    /// <summary>
    /// The name that tells this gateway's containers from another's on the same engine (<c>Gateway:Name</c>). By default it is made of the admin
    /// endpoint's address, which two gateways of one machine cannot share.
    /// </summary>
    public string Name { get; init; } = "headstart-127.0.0.1-9090";

    /// <summary>Which listening sockets take data inside a SYN (TCP Fast Open), if net.ipv4.tcp_fastopen allows it.</summary>
    public FastOpen FastOpen { get; init; }

    /// <summary>Whether answers have a <c>Server-Timing</c> header that says how much of a wake was hidden and how much the client waited for.</summary>
    public bool ServerTiming { get; init; }

    public AdminOptions Admin { get; init; } = new();
    public EbpfOptions Ebpf { get; init; } = new();

    /// <summary>Who may wake and use functions and routes at all.</summary>
    public AccessOptions Access { get; init; } = AccessOptions.Everybody;

    /// <summary>Which headers of a client's request do not reach functions.</summary>
    public HeaderOptions Headers { get; init; } = new();

    /// <summary>Which proxies in front of the gateway are believed.</summary>
    public ForwardedOptions Forwarded { get; init; } = new();

    /// <summary>From whom connections begin with a header of the PROXY protocol.</summary>
    public ProxyProtocolOptions ProxyProtocol { get; init; } = new();

    /// <summary>The runtimes' own sections, by <see cref="IRunReader.Name"/>. A runtime that has no section is not in it.</summary>
    public FrozenDictionary<string, RuntimeSettings> Runtimes { get; init; } = FrozenDictionary<string, RuntimeSettings>.Empty;

    public BudgetOptions Budget { get; init; } = new();
    public TrustOptions Trust { get; init; } = new();
    public StateOptions State { get; init; } = new();
    public RestartOptions Restart { get; init; } = new();
    public MemoryOptions Memory { get; init; } = new();

    /// <summary>Where traces are sent, and of what.</summary>
    public TracingOptions Tracing { get; init; } = new();

    /// <summary>Where metrics are sent.</summary>
    public MetricsExportOptions MetricsExport { get; init; } = new();

    /// <summary>Who is told what becomes of functions.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>Where requests are written, and how.</summary>
    public AccessLogOptions AccessLog { get; init; } = new();

    /// <summary>How much of the gateway clients may use.</summary>
    public ClientLimits ClientLimits { get; init; } = new();

    /// <summary>The addresses of the user's own Kestrel endpoints, which functions share. Those whose port the system chooses are left out.</summary>
    public IReadOnlyList<ListenAddress> Shared { get; init; } = [];

    /// <summary>The user's <c>Kestrel:Limits</c>.</summary>
    public KestrelLimits Limits { get; init; } = KestrelLimits.Default;

    /// <summary>The user's own routes and clusters.</summary>
    public ProxyOptions Proxy { get; init; } = new();

    /// <summary>What ASP.NET Core's own middlewares do, from their own sections.</summary>
    public PolicyOptions Policies { get; init; } = PolicyOptions.None;

    /// <summary>The functions by name. Names are compared ignoring case, as YARP compares cluster ids.</summary>
    public FrozenDictionary<string, FunctionOptions> Functions { get; init; } =
        FrozenDictionary<string, FunctionOptions>.Empty;

    public bool Equals(GatewayOptions? other) =>
        other is not null && Name == other.Name && ServerTiming == other.ServerTiming && FastOpen == other.FastOpen
        && Admin == other.Admin && Ebpf == other.Ebpf && Access == other.Access && Budget == other.Budget && Trust == other.Trust
        && Headers == other.Headers && Forwarded == other.Forwarded && ProxyProtocol == other.ProxyProtocol
        && State == other.State && Restart == other.Restart && Memory == other.Memory && Tracing == other.Tracing && MetricsExport == other.MetricsExport && Webhooks.SequenceEqual(other.Webhooks) && AccessLog == other.AccessLog && ClientLimits == other.ClientLimits && Policies == other.Policies && Limits.Equals(other.Limits) && Shared.SequenceEqual(other.Shared) && Proxy == other.Proxy
        && Runtimes.Count == other.Runtimes.Count
        && Runtimes.All(pair => other.Runtimes.TryGetValue(pair.Key, out var its) && pair.Value == its)
        && Functions.Count == other.Functions.Count
        && Functions.All(pair => other.Functions.TryGetValue(pair.Key, out var its) && pair.Value == its);

    public override int GetHashCode() => HashCode.Combine(Admin, Ebpf, Budget, Runtimes.Count, Functions.Count);
}

/// <summary>TCP Fast Open (RFC 7413) on listening sockets. The network may deliver a SYN twice, so the data in it may be processed twice.</summary>
internal enum FastOpen
{
    /// <summary>It is on for https addresses, where a ClientHello that comes twice does no harm.</summary>
    Auto,

    /// <summary>It is on for http addresses too, so requests there must do no harm when they are processed twice.</summary>
    On,
    /// <summary>It is off for all addresses.</summary>
    Off,
}

/// <summary>Whether the gateway uses the kernel's signals.</summary>
internal enum EbpfMode
{
    /// <summary>The signals that this kernel and the gateway's rights allow are used. If some are missing, that is logged once.</summary>
    Auto,

    /// <summary>Without the kernel's signals the gateway does not start, and ends with exit code 2.</summary>
    Required,
    /// <summary>The kernel's signals are not used.</summary>
    Off,
}

/// <summary>Where the XDP program is attached.</summary>
internal enum XdpMode
{
    /// <summary>As native XDP to network cards whose driver has it, and nowhere on veth, bridges, TAP or lo.</summary>
    Auto,

    /// <summary>As native XDP to each of the interfaces, or as generic XDP to those that do not have native XDP.</summary>
    Native,
    /// <summary>As generic XDP to each of the interfaces.</summary>
    Generic,
    /// <summary>Nowhere.</summary>
    Off,
}

/// <summary>What the gateway does in the kernel.</summary>
internal sealed record EbpfOptions
{
    public EbpfMode Mode { get; init; } = EbpfMode.Auto;
    public XdpMode Xdp { get; init; } = XdpMode.Auto;

    /// <summary>The names of the interfaces for XDP. If there are none, XDP is for every interface that is up.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Whether XDP, where it is attached, reports ClientHellos before the gateway receives them.</summary>
    public bool ClientHello { get; init; } = true;

    public ReturningOptions ReturningClients { get; init; } = new();
    public SynLimitOptions Limits { get; init; } = new();

    public bool Equals(EbpfOptions? other) =>
        other is not null && Mode == other.Mode && Xdp == other.Xdp && ClientHello == other.ClientHello && ReturningClients == other.ReturningClients && Limits == other.Limits &&
        Interfaces.SequenceEqual(other.Interfaces, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Mode, Xdp, Interfaces.Count);
}

/// <summary>Predictions of returning clients: the next SYN of a client on a shared address wakes the function that it asked for last.</summary>
internal sealed record ReturningOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>The share of right predictions, 0 to 1, below which none are made for a group of clients (IPv4 /24, IPv6 /64).</summary>
    public double Precision { get; init; } = 0.8;

    /// <summary>The number of addresses and groups that are remembered, 1,024 to 1,000,000. The oldest are forgotten.</summary>
    public int Remember { get; init; } = 32768;
}

/// <summary>Where measurements are kept over restarts.</summary>
internal sealed record StateOptions
{
    /// <summary>
    /// The file, whose path may be relative to the content root. If it is empty nothing is kept. Null means a file in systemd's state directory, or
    /// in the content root if there is none.
    /// </summary>
    public string? Path { get; init; }
}

/// <summary>How much memory the functions' instances may use.</summary>
internal sealed record MemoryOptions
{
    /// <summary>The memory in bytes that all instances may use together, or null for no limit.</summary>
    public long? Budget { get; init; }
}

/// <summary>How many starts there may be. A signal over the budget is counted and starts nothing, and a held request waits for its turn.</summary>
internal sealed record BudgetOptions
{
    /// <summary>The number of starts of all functions that may be under way at once, 1 to 10,000.</summary>
    public int Concurrent { get; init; } = 64;

    /// <summary>The number of starts of all functions in a minute, 1 to 1,000,000.</summary>
    public int PerMinute { get; init; } = 3000;

    /// <summary>The number of starts of one function in a minute, 1 to 1,000,000.</summary>
    public int PerFunctionPerMinute { get; init; } = 600;
}

/// <summary>How far signals are trusted that a client need not be there to send.</summary>
internal sealed record TrustOptions
{
    /// <summary>Whether wakes that come to nothing have consequences at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// The time within which a connection has to follow a SYN that woke a function, 0.5 s to 1 minute. In three seconds a client whose SYN-ACK was lost
    /// has sent its SYN twice more (RFC 6298, section 2: the timeout begins at 1 s and doubles).
    /// </summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The share of wakes that come to nothing, 0.05 to 0.95, over which a later signal is needed.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>How long no wake may come to nothing before an earlier signal is trusted again, 1 s to 1 day. It doubles with each relapse.</summary>
    public TimeSpan Calm { get; init; } = TimeSpan.FromMinutes(1);
}
