using System.Net;
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

    /// <summary>
    /// The longest time for which both ends of a request may be silent, 1 ms to a day, or null for what its cluster says. Open upgrades may be
    /// silent for longer.
    /// </summary>
    public TimeSpan? ActivityTimeout { get; init; }

    public IdleOptions Idle { get; init; } = new();
    public ScaleOptions Scale { get; init; } = new();

    /// <summary>The host names of the routes whose cluster is this function, as clients send them as SNI. Some may be wildcards: <c>*.example.com</c>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}

/// <summary>One address to listen on.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Address">The IP address. Null means every address (<c>*</c>, IPv4 and IPv6).</param>
/// <param name="Port">The port, 1 to 65535.</param>
internal sealed record ListenAddress(string Scheme, IPAddress? Address, int Port)
{
    public bool IsHttps => Scheme == Uri.UriSchemeHttps;

    /// <summary>Leaves the scheme out: an address cannot have two of them, so hashing it would cost time and distinguish nothing.</summary>
    public override int GetHashCode() => HashCode.Combine(Address, Port);

    public override string ToString() => Address switch
    {
        null => $"{Scheme}://*:{Port}",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => $"{Scheme}://[{Address}]:{Port}",
        _ => $"{Scheme}://{Address}:{Port}",
    };
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

    /// <summary>Gets whether these options let an instance rest in <see cref="Tier.Initialized"/>, where the runtime has it.</summary>
    public bool MayRestInitialized =>
        Tier == Model.Tier.Initialized
        || KeepAliveTier == Model.Tier.Initialized
        || (Tier is null && Deepest <= Model.Tier.Initialized && (Shallowest ?? Model.Tier.Paused) >= Model.Tier.Initialized);
}

/// <summary>How many instances a function has.</summary>
internal sealed record ScaleOptions
{
    /// <summary>The number of instances that are kept running without demand, 0 to <see cref="Max"/>.</summary>
    public int Min { get; init; }

    /// <summary>The largest number of instances at once, 1 to 1,000. Those that start or stop are included.</summary>
    public int Max { get; init; } = 1;

    /// <summary>The number of requests, 1 to 1,000,000, for which one instance is enough. For more another one is started.</summary>
    public int Concurrency { get; init; } = 100;
}
