using System.Net;
using Gateway.Model;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>What a function is spoken to in.</summary>
internal enum FunctionProtocol
{
    /// <summary>HTTP/1.1.</summary>
    H1,

    /// <summary>HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3).</summary>
    H2c,

    /// <summary>Each instance is asked once, before its first request: HTTP/2 if it speaks that.</summary>
    Auto,
}

/// <summary>
/// One function, read and validated: what holds on every runtime. Everything has a default but what to run. Two are equal when
/// they say the same, lists and maps included.
/// </summary>
internal sealed partial record FunctionOptions
{
    /// <summary>Longest <see cref="SynId"/>: TCP's option space less the other options of a SYN.</summary>
    public const int MaxSynIdLength = 16;

    public required string Name { get; init; }

    /// <summary>What to run and on what.</summary>
    public required RunOptions Run { get; init; }

    /// <summary>Addresses that are this function's alone.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [];

    /// <summary>
    /// What holds for requests on <see cref="Listen"/> addresses, as YARP's routes have it: transforms, timeout, policies. Its id, its cluster and
    /// what it matches say nothing. Null: YARP's defaults.
    /// </summary>
    public RouteConfig? Route { get; init; }

    /// <summary>The id it answers to inside a SYN: 1 to 16 ASCII characters.</summary>
    public string? SynId { get; init; }

    /// <summary>The earliest signal that may wake it.</summary>
    public SignalKind WakeOn { get; init; } = SignalKind.Syn;

    /// <summary>
    /// What it is spoken to in. Null: HTTP/1.1, but HTTP/2 for gRPC, and for requests that came by HTTP/2 without TLS if the instance, asked
    /// once, speaks that.
    /// </summary>
    public FunctionProtocol? Protocol { get; init; }

    public ReadyOptions Ready { get; init; } = new();
    public HoldOptions Hold { get; init; } = new();

    /// <summary>Longest silence of both ends in a request, 1 ms to a day; null: what its cluster says. Open upgrades may be quiet.</summary>
    public TimeSpan? ActivityTimeout { get; init; }

    public IdleOptions Idle { get; init; } = new();
    public ScaleOptions Scale { get; init; } = new();

    /// <summary>Host names of the routes whose cluster is this function: what its clients send as SNI. May hold <c>*.example.com</c>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}

/// <summary>One <c>Listen</c> address. <see cref="Address"/> null means every address (<c>*</c>, IPv4 and IPv6).</summary>
internal sealed record ListenAddress(string Scheme, IPAddress? Address, int Port)
{
    public bool IsHttps => Scheme == Uri.UriSchemeHttps;

    /// <summary>No address has two schemes, so hashing the scheme's text too would cost and tell nothing.</summary>
    public override int GetHashCode() => HashCode.Combine(Address, Port);

    public override string ToString() => Address switch
    {
        null => $"{Scheme}://*:{Port}",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => $"{Scheme}://[{Address}]:{Port}",
        _ => $"{Scheme}://{Address}:{Port}",
    };
}

internal sealed record ReadyOptions
{
    /// <summary>Path that must answer 2xx or 3xx before the first request is sent; null: a TCP connect is enough.</summary>
    public string? Path { get; init; }

    /// <summary>The Host that <see cref="Path"/> is asked for with; null: the first host name of the function's routes that has no wildcard, else its address.</summary>
    public string? Host { get; init; }

    /// <summary>Longest time from the runtime's start to ready.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

internal sealed record HoldOptions
{
    /// <summary>Longest time a request waits for its function.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most requests that wait at once; one more is answered 503.</summary>
    public int MaxRequests { get; init; } = 1000;
}

internal sealed record IdleOptions
{
    /// <summary>Rest after this long without use.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The tier to rest in; null is <c>Auto</c>.</summary>
    public Tier? Tier { get; init; }

    /// <summary>
    /// The deepest tier while clients that used it keep connections open: their next request has no SYN. Null: with
    /// <c>Auto</c> <see cref="Tier.Paused"/>, with a fixed tier that one.
    /// </summary>
    public Tier? KeepAliveTier { get; init; }

    /// <summary><c>Auto</c> rests no deeper.</summary>
    public Tier Deepest { get; init; } = Model.Tier.Stopped;

    /// <summary>
    /// <c>Auto</c> rests at least so deep, also where clients notice the wake. Null: the shallowest tier that the runtime
    /// has; <see cref="Tier.Running"/>: only what is hidden rests.
    /// </summary>
    public Tier? Shallowest { get; init; }
}

internal sealed record ScaleOptions
{
    /// <summary>Instances kept running without demand.</summary>
    public int Min { get; init; }

    /// <summary>Most instances at once, starting and stopping ones included.</summary>
    public int Max { get; init; } = 1;

    /// <summary>Requests in flight that one instance takes before another is started.</summary>
    public int Concurrency { get; init; } = 100;
}
