using System.Threading.RateLimiting;

namespace Gateway.Configuration.Policies;

/// <summary>What requests are counted by.</summary>
internal enum PartitionBy
{
    /// <summary>All requests of the policy together.</summary>
    None,

    /// <summary>IPv4 by address, IPv6 by /64: what one client has.</summary>
    ClientAddress,

    /// <summary>The Host header.</summary>
    Host,

    /// <summary>Who the authentication says it is; those that it does not know by their address.</summary>
    User,

    /// <summary>A request header.</summary>
    Header,
}

/// <summary>
/// One limit. Equal to another when the user wrote the same: requests that were counted before a reload still count after it.
/// </summary>
internal sealed class RateLimit : IEquatable<RateLimit>
{
    private readonly ConfigurationNode _node;
    private readonly Func<RateLimiter> _make;
    private readonly int _hash;

    internal RateLimit(ConfigurationNode node, PartitionBy by, string? header, Func<RateLimiter> make)
    {
        (_node, By, Header, _make) = (node, by, header, make);
        _hash = StringComparer.OrdinalIgnoreCase.GetHashCode(node.Name);
    }

    public PartitionBy By { get; }

    /// <summary>The header's name, with <see cref="PartitionBy.Header"/>.</summary>
    public string? Header { get; }

    /// <summary>A limiter for one partition; the caller owns it, and replenishes it.</summary>
    public RateLimiter Make() => _make();

    public bool Equals(RateLimit? other) =>
        ReferenceEquals(this, other) || (other is not null && _node.Name.Equals(other._node.Name, StringComparison.OrdinalIgnoreCase) && _node.SaysTheSameAs(other._node));

    public override bool Equals(object? obj) => Equals(obj as RateLimit);

    public override int GetHashCode() => _hash;
}
