using System.Net;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Clients;

public enum TlsVersion
{
    Tls12,
    Tls13,
}

public enum CurlHttpVersion
{
    /// <summary>curl's own choice: HTTP/2 where TLS offers it, else HTTP/1.1.</summary>
    Any,
    Http11,

    /// <summary>HTTP/2 over TLS; on a plain connection the upgrade of RFC 7540 is offered.</summary>
    Http2,

    /// <summary>HTTP/2 on a plain connection from the first byte.</summary>
    Http2PriorKnowledge,
}

/// <summary>One run of curl.</summary>
public sealed record CurlOptions
{
    public required string Url { get; init; }

    /// <summary>The namespace that it runs in; null for this process's namespace.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The address of the URL's host and port (<c>--resolve</c>); null if the host is an address.</summary>
    public IPAddress? Resolve { get; init; }

    /// <summary>PEM file of the authority that the server's certificate must come from.</summary>
    public string? CaFile { get; init; }

    /// <summary>Whether any certificate is accepted (<c>-k</c>).</summary>
    public bool Insecure { get; init; }

    public TlsVersion? MinTls { get; init; }

    public TlsVersion? MaxTls { get; init; }

    public CurlHttpVersion HttpVersion { get; init; }

    /// <summary>Transfers of the same URL, one after another, in one process: from the second on the connection is there.</summary>
    public int Repeat { get; init; } = 1;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time limit of each transfer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A program and its arguments that run curl: curl's own command line is put behind them.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <summary>Anything else, as on curl's command line: <c>-H</c>, <c>-d</c>, <c>--tcp-fastopen</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
