using System.Threading.RateLimiting;

namespace Gateway.Configuration.Policies;

/// <summary>What requests are counted by.</summary>
internal enum PartitionBy
{
    /// <summary>All requests under the policy are counted together.</summary>
    None,

    /// <summary>By the client's address: the whole one for IPv4, and its /64 for IPv6, because one client usually has all of that.</summary>
    ClientAddress,

    /// <summary>By the Host header.</summary>
    Host,

    /// <summary>By the authenticated user, or by address for clients that are not authenticated.</summary>
    User,

    /// <summary>By a request header.</summary>
    Header,
}

/// <summary>
/// A limit. Two are equal if the user wrote the same, so that requests that were counted before a reload still count after it.
/// </summary>
internal sealed class RateLimit : IEquatable<RateLimit>
{
    private readonly ConfigurationNode _node;
    private readonly Func<RateLimiter> _make;
    private readonly int _hash;

    /// <param name="node">The node of the limit, by which limits are compared.</param>
    /// <param name="by">What requests are counted by.</param>
    /// <param name="header">The header's name for <see cref="PartitionBy.Header"/>, else null.</param>
    /// <param name="make">Makes a limiter for one partition.</param>
    internal RateLimit(ConfigurationNode node, PartitionBy by, string? header, Func<RateLimiter> make)
    {
        (_node, By, Header, _make) = (node, by, header, make);
        _hash = StringComparer.OrdinalIgnoreCase.GetHashCode(node.Name);
    }

    /// <summary>What requests are counted by. Each value has a limiter of its own.</summary>
    public PartitionBy By { get; }

    /// <summary>The header's name for <see cref="PartitionBy.Header"/>, else null.</summary>
    public string? Header { get; }

    /// <summary>Makes a limiter for one partition. The caller owns it and has to replenish it.</summary>
    public RateLimiter Make() => _make();

    public bool Equals(RateLimit? other) =>
        ReferenceEquals(this, other) || (other is not null && _node.Name.Equals(other._node.Name, StringComparison.OrdinalIgnoreCase) && _node.SaysTheSameAs(other._node));

    public override bool Equals(object? obj) => Equals(obj as RateLimit);

    public override int GetHashCode() => _hash;
}
