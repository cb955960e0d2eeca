using System.Net;

namespace Gateway.Configuration;

/// <summary>One entry of <c>Idle:Ignore</c>. A request that has all that the entry names is ignored.</summary>
internal sealed record IgnoreRule
{
    /// <summary>The path as the client sent it, percent-decoded and without the query. Case matters (RFC 9110, section 4.2.3). Null means any.</summary>
    public Wildcard? Path { get; init; }

    /// <summary>The user agent, ignoring case. Null means any.</summary>
    public Wildcard? UserAgent { get; init; }

    /// <summary>The method, in upper case. Null means any.</summary>
    public string? Method { get; init; }

    /// <summary>The addresses from which the connection comes. Null means any.</summary>
    public IPNetwork? Source { get; init; }

    /// <summary>The list in which the user agent is. Null means any.</summary>
    public IgnorePreset? Preset { get; init; }

    /// <summary>Returns whether the entry is about a request.</summary>
    public bool Matches(string method, string path, ReadOnlySpan<char> userAgent, IPAddress? source) =>
        (Method is null || Method == method)
        && (Source is not { } network || Has(network, source))
        && (Path is null || Path.Matches(path))
        && (UserAgent is null || UserAgent.Matches(userAgent))
        && (Preset is not { } preset || IgnorePresets.Has(preset, userAgent));

    /// <summary>Returns whether an address is in a network. An IPv4 address may be mapped into an IPv6 one.</summary>
    internal static bool Has(IPNetwork network, IPAddress? address)
    {
        var plain = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return plain is not null && plain.AddressFamily == network.BaseAddress.AddressFamily && network.Contains(plain);
    }
}

/// <summary>What is no use of a function: <c>Idle:Ignore</c>, with the answer to it while the function rests. Two are equal if they say the same.</summary>
internal sealed record IgnoreOptions
{
    /// <summary>The largest number of entries.</summary>
    public const int MaxRules = 100;

    /// <summary>The longest user agent that is looked at. A longer one is in no list and matches nothing.</summary>
    public const int MaxUserAgent = 1024;

    private IPNetwork[]? _sources;

    /// <summary>The entries. Their order has no meaning.</summary>
    public IReadOnlyList<IgnoreRule> Rules { get; init; } = [];

    /// <summary>The answer while the function rests.</summary>
    public IgnoreAnswer Answer { get; init; } = new();

    /// <summary>The sources of all entries. A SYN or a ClientHello of theirs does not say what it will ask for, so it wakes nothing and the request decides.</summary>
    public IReadOnlyList<IPNetwork> Sources => _sources ??= [.. Rules.Where(static rule => rule.Source is not null).Select(static rule => rule.Source!.Value).Distinct()];

    /// <summary>Returns whether a request is ignored.</summary>
    public bool Has(string method, string path, string userAgent, IPAddress? source)
    {
        var agent = userAgent.Length > MaxUserAgent ? default : userAgent.AsSpan();
        foreach (var rule in Rules)
        {
            if (rule.Matches(method, path, agent, source))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Returns whether an entry names the source.</summary>
    public bool Names(IPAddress? source)
    {
        foreach (var network in Sources)
        {
            if (IgnoreRule.Has(network, source))
            {
                return true;
            }
        }

        return false;
    }

    public bool Equals(IgnoreOptions? other) => ReferenceEquals(this, other) || (other is not null && Answer == other.Answer && Rules.SequenceEqual(other.Rules));

    public override int GetHashCode() => HashCode.Combine(Rules.Count, Answer);
}

/// <summary>The gateway's answer to an ignored request while the function rests.</summary>
internal sealed record IgnoreAnswer
{
    /// <summary>The longest <see cref="Body"/>, in characters.</summary>
    public const int MaxBody = 4096;

    /// <summary>The status, 200 to 599.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The body, which HEAD does not get.</summary>
    public string Body { get; init; } = "";

    /// <summary>The body's type. An empty body has none.</summary>
    public string ContentType { get; init; } = "text/plain; charset=utf-8";
}
