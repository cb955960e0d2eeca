using System.Net;
using Gateway.Configuration.Pages;
using Gateway.Model;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>The protocol in which a function is spoken to.</summary>
internal enum FunctionProtocol
{
    /// <summary>HTTP/1.1.</summary>
    H1,

    /// <summary>HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3).</summary>
    H2c,

    /// <summary>Each instance is asked once, before its first request, whether it speaks HTTP/2, which is then used.</summary>
    Auto,
}

/// <summary>
/// The options of one function, read and validated, that mean the same on every runtime. All but the name and what to run have a default. Two are
/// equal if they say the same, lists and maps included.
/// </summary>
internal sealed partial record FunctionOptions
{
    /// <summary>The length of the longest <see cref="SynId"/>: what the other options of a SYN leave of TCP's option space.</summary>
    public const int MaxSynIdLength = 16;

    public required string Name { get; init; }

    /// <summary>What to run, and on which runtime.</summary>
    public required RunOptions Run { get; init; }

    /// <summary>The addresses that lead to this function alone.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [];

    /// <summary>The server names, in lower case, by which clients reach the function on its <c>tls</c> addresses, which others may share. Some may be wildcards: <c>*.example.com</c>.</summary>
    public IReadOnlyList<string> Sni { get; init; } = [];

    /// <summary>Whether each connection of bytes to an instance begins with a header of the PROXY protocol, version 2, that names the client.</summary>
    public bool SendProxyProtocol { get; init; }

    /// <summary>
    /// The transforms, timeouts and policies for requests on <see cref="Listen"/> addresses, as a route of YARP. Its id, its cluster and what it
    /// matches have no meaning. Null means YARP's defaults.
    /// </summary>
    public RouteConfig? Route { get; init; }

    /// <summary>The id that names the function inside a SYN, 1 to 16 printable ASCII characters, or null if it has none.</summary>
    public string? SynId { get; init; }

    /// <summary>The earliest kind of signal that may wake the function.</summary>
    public SignalKind WakeOn { get; init; } = SignalKind.Syn;

    /// <summary>Who may wake and use the function, of those that the gateway's own list lets in.</summary>
    public AccessOptions Access { get; init; } = AccessOptions.Everybody;

    /// <summary>
    /// The protocol in which the function is spoken to. Null means HTTP/1.1, but HTTP/2 for gRPC and, if the instance says when asked once that it
    /// speaks HTTP/2, for requests that came by HTTP/2 without TLS.
    /// </summary>
    public FunctionProtocol? Protocol { get; init; }

    public ReadyOptions Ready { get; init; } = new();
    public HoldOptions Hold { get; init; } = new();

    /// <summary>What is kept of requests whose clients do not wait for the answer, or null if all of them wait.</summary>
    public AsyncOptions? Async { get; init; }

    /// <summary>
    /// The longest time for which both ends of a request may be silent, 1 ms to a day, or null for what its cluster says. Open upgrades may be
    /// silent for longer.
    /// </summary>
    public TimeSpan? ActivityTimeout { get; init; }

    public IdleOptions Idle { get; init; } = new();
    public ScaleOptions Scale { get; init; } = new();

    /// <summary>The functions that have to have reached something before this one is started, directly and not through others.</summary>
    public IReadOnlyList<DependencyOptions> DependsOn { get; init; } = [];

    /// <summary>The name of the group that rests together, or null if it is in none.</summary>
    public string? Group { get; init; }

    /// <summary>The functions that may not have a program while this one has one. It holds in both directions, whichever of the two says so.</summary>
    public IReadOnlyList<string> Excludes { get; init; } = [];

    /// <summary>The parts of its clients that get other versions of it. The rest, which may be none, get this one.</summary>
    public IReadOnlyList<SplitShare> Split { get; init; } = [];

    /// <summary>
    /// Whether another function waits for the end of this one's program (<see cref="DependencyCondition.Completed"/>), so that this one is ready when its
    /// program has ended with exit code 0.
    /// </summary>
    public bool IsJob { get; init; }

    /// <summary>Returns whether a signal may wake the function, by the kind that it is as good as (<see cref="Signal.Strength"/>).</summary>
    public bool LetsWake(SignalKind strength) => strength >= WakeOn;

    /// <summary>The host names of the routes whose cluster is this function, as clients send them as SNI. Some may be wildcards: <c>*.example.com</c>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}

/// <summary>When a started instance counts as ready.</summary>
internal sealed record ReadyOptions
{
    /// <summary>The path that must answer 2xx or 3xx before the first request is sent, or null if a TCP connection is enough.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The Host header with which <see cref="Path"/> is asked for. Null means the first host name of the function's routes that is not a wildcard, or
    /// the instance's address if there is none.
    /// </summary>
    public string? Host { get; init; }

    /// <summary>The longest time from the runtime's start until the instance is ready, 1 ms to a day.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The limits of the hold, in which requests wait for their function.</summary>
internal sealed record HoldOptions
{
    /// <summary>The longest time for which a request waits for its function, 1 ms to a day.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest number of requests that wait at once, 0 to 1,000,000. One more is answered 503.</summary>
    public int MaxRequests { get; init; } = 1000;

    /// <summary>
    /// The largest number of requests of one client that wait at once, 1 to 1,000,000. One more is answered 429. Null means as many as there are
    /// places left.
    /// </summary>
    public int? MaxPerClient { get; init; }

    /// <summary>The page that browsers get instead of waiting for a slow start, or null if they wait as everybody does.</summary>
    public PageOptions? Page { get; init; }
}

/// <summary>When a function rests, and how deeply.</summary>
internal sealed record IdleOptions
{
    /// <summary>The time without use after which the function rests, 0 to 30 days.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The tier to rest in. Null means <c>Auto</c>.</summary>
    public Tier? Tier { get; init; }

    /// <summary>
    /// The deepest tier while clients that used the function keep connections open, on which their next request comes without a SYN. Null means
    /// <see cref="Tier.Paused"/> for <c>Auto</c>, and else the fixed tier.
    /// </summary>
    public Tier? KeepAliveTier { get; init; }

    /// <summary>The deepest tier that <c>Auto</c> chooses.</summary>
    public Tier Deepest { get; init; } = Model.Tier.Stopped;

    /// <summary>
    /// The shallowest tier that <c>Auto</c> chooses, even if clients notice the wake from it. Null means the shallowest tier that the runtime has
    /// below <see cref="Tier.Running"/>; <see cref="Tier.Running"/> means that a function rests only if its wake is hidden.
    /// </summary>
    public Tier? Shallowest { get; init; }

    /// <summary>
    /// The largest number of instances, 0 to 1,000, that wait in <see cref="Tier.Initialized"/> at once. One more is stopped instead. Null means that only
    /// the runtime limits it.
    /// </summary>
    public int? Ahead { get; init; }

    /// <summary>What is no use of the function, or null if every request is one.</summary>
    public IgnoreOptions? Ignore { get; init; }

    /// <summary>What is asked before an instance comes to rest, in this order.</summary>
    public ValueList<VetoOptions> Vetoes { get; init; } = ValueList<VetoOptions>.Empty;

    /// <summary>The hours at which the function is kept running, or may not run.</summary>
    public ValueList<ScheduleWindow> Schedule { get; init; } = ValueList<ScheduleWindow>.Empty;

    /// <summary>Gets whether these options let an instance rest in <see cref="Tier.Initialized"/>, where the runtime has it.</summary>
    public bool MayRestInitialized =>
        Tier == Model.Tier.Initialized
        || KeepAliveTier == Model.Tier.Initialized
        || (Tier is null && Deepest <= Model.Tier.Initialized && (Shallowest ?? Model.Tier.Paused) >= Model.Tier.Initialized);

    /// <summary>Gets whether these options let an instance rest in <see cref="Tier.PagedOut"/>, where it can be had.</summary>
    public bool MayRestPagedOut =>
        NamesPagedOut || (Tier is null && Deepest <= Model.Tier.PagedOut && (Shallowest ?? Model.Tier.Paused) >= Model.Tier.PagedOut);

    /// <summary>Gets whether these options let an instance rest frozen, its memory kept or in swap.</summary>
    public bool MayRestFrozen =>
        MayRestPagedOut
        || Tier == Model.Tier.Paused
        || KeepAliveTier == Model.Tier.Paused
        || (Tier is null && Deepest <= Model.Tier.Paused && (Shallowest ?? Model.Tier.Paused) >= Model.Tier.Paused);

    /// <summary>Gets whether these options ask for <see cref="Tier.PagedOut"/> by its name, so that its absence is worth a word. Most machines have no swap.</summary>
    public bool NamesPagedOut =>
        Tier == Model.Tier.PagedOut || KeepAliveTier == Model.Tier.PagedOut || Deepest == Model.Tier.PagedOut || Shallowest == Model.Tier.PagedOut;
}

/// <summary>How many instances a function has, and how many requests each of them gets.</summary>
internal sealed record ScaleOptions
{
    /// <summary>The number of instances that are kept running without demand, 0 to <see cref="Max"/>.</summary>
    public int Min { get; init; }

    /// <summary>The largest number of instances at once, 1 to 1,000. Those that start or stop are included.</summary>
    public int Max { get; init; } = 1;

    /// <summary>The number of requests at a time, 1 to 1,000,000, for which one instance is enough. It bounds nothing.</summary>
    public int Concurrency { get; init; } = 100;

    /// <summary>The largest number of requests that an instance gets at a time, 1 to 1,000,000. More wait in the hold. Null means that there is no limit.</summary>
    public int? ConcurrencyLimit { get; init; }

    /// <summary>The share of <see cref="Concurrency"/> that an instance is meant to have on average, 0.01 to 1.</summary>
    public double Target { get; init; } = 1;

    /// <summary>The time over which requests are averaged, 1 s to 1 hour.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The time, 100 ms to <see cref="Window"/>, over which twice the load that the instances are meant to have is a panic.</summary>
    public TimeSpan PanicWindow { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The time for which fewer instances have to be enough before one leaves, 0 to 1 hour.</summary>
    public TimeSpan DownDelay { get; init; }

    /// <summary>The number of instances with which a function at rest starts at least, 1 to <see cref="Max"/>.</summary>
    public int Activation { get; init; } = 1;

    /// <summary>Gets how many requests at a time an instance is meant to have on average.</summary>
    public double PerInstance => Concurrency * Target;

    /// <summary>Gets whether there is anything to decide: how many instances there should be, or whether an instance has a free place.</summary>
    public bool IsWatched => Max > 1 || ConcurrencyLimit is not null;
}
