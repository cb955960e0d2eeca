using System.Collections.Frozen;

namespace Gateway.Configuration;

/// <summary>Which headers of a client's request do not reach functions.</summary>
internal sealed record HeaderOptions
{
    /// <summary>
    /// The default of <see cref="Remove"/>: headers by which a proxy tells who the client is, and what it asked the proxy for. Programs believe them.
    /// <c>Proxy</c> becomes the variable HTTP_PROXY of CGI programs (CVE-2016-5385).
    /// </summary>
    public static readonly FrozenSet<string> Identities = FrozenSet.ToFrozenSet(
    [
        // The client's address.
        "Forwarded", "X-Forwarded", "Forwarded-For", "X-Real-IP", "X-Client-IP", "Client-IP", "X-Cluster-Client-IP", "True-Client-IP",
        "CF-Connecting-IP", "CF-Connecting-IPv6", "Fastly-Client-IP", "X-Azure-ClientIP", "X-ProxyUser-Ip", "X-Original-Forwarded-For", "Proxy-Client-IP", "WL-Proxy-Client-IP",
        // The address that it called, and what it asked for.
        "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Protocol", "X-Forwarded-Ssl", "X-Forwarded-Path", "X-Forwarded-Uri", "X-Forwarded-Method",
        "X-Scheme", "X-Url-Scheme", "Front-End-Https", "X-Original-Host", "X-Original-URL", "X-Original-URI", "X-Original-Method", "X-Rewrite-URL", "X-Host", "X-HTTP-Host-Override",
        // Who it is.
        "Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username",
        "X-Forwarded-Client-Cert", "X-Client-Cert", "X-SSL-Client-Cert", "X-SSL-Client-Verify", "SSL-Client-Cert",
        "Proxy",
    ],
    StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of the headers that are removed. Upper and lower case are the same.</summary>
    public FrozenSet<string> Remove { get; init; } = Identities;

    /// <summary>
    /// Whether headers whose names have underscores are passed on. To CGI, WSGI and the like <c>X_Real_IP</c> and <c>X-Real-IP</c> are one variable
    /// (RFC 3875, section 4.1.18).
    /// </summary>
    public bool Underscores { get; init; }

    public bool Equals(HeaderOptions? other) => other is not null && Underscores == other.Underscores && Remove.SetEquals(other.Remove);

    public override int GetHashCode() => HashCode.Combine(Underscores, Remove.Count);
}

/// <summary>Which proxies in front of the gateway are believed when they say who the client is.</summary>
internal sealed record ForwardedOptions
{
    /// <summary>The proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.</summary>
    public SourceNetworks KnownProxies { get; init; } = SourceNetworks.None;

    /// <summary>How many proxies in a row are believed, 1 to 16: how many entries of <c>X-Forwarded-For</c> are read, from its end.</summary>
    public int ForwardLimit { get; init; } = 1;

    /// <summary>Whether <c>X-Forwarded-Host</c> is believed too, by which the request is then routed.</summary>
    public bool Host { get; init; }
}

/// <summary>From whom connections begin with a header of the PROXY protocol.</summary>
internal sealed record ProxyProtocolOptions
{
    /// <summary>The load balancers. Their connections need the header, and nobody else's may have it.</summary>
    public SourceNetworks From { get; init; } = SourceNetworks.None;

    /// <summary>How long the whole header may take to arrive, 1 s to 1 min.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
