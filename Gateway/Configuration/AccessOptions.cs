using System.Net;

namespace Gateway.Configuration;

/// <summary>
/// Who may wake anything, and be served: the access list of the gateway or of a function. The longest prefix that a source is in decides, and <see cref="Deny"/> does
/// where both lists have it. A source that is in no prefix is denied if there is anything in <see cref="Allow"/>.
/// </summary>
internal sealed record AccessOptions
{
    /// <summary>The largest number of prefixes in one list.</summary>
    public const int MaxPrefixes = 10_000;

    /// <summary>The largest number of prefixes in all lists together, which leaves room in the kernel for those of a reload.</summary>
    public const int MaxPrefixesOfAll = 250_000;

    private PrefixTable? _table;

    /// <summary>The empty list, which lets everybody in.</summary>
    public static AccessOptions Everybody { get; } = new();

    /// <summary>The prefixes that are allowed.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>The prefixes that are denied.</summary>
    public IReadOnlyList<IPNetwork> Deny { get; init; } = [];

    /// <summary>Whether the list lets everybody in because it says nothing.</summary>
    public bool IsEmpty => Allow.Count == 0 && Deny.Count == 0;

    /// <summary>Tells whether the list lets a source in. A source without an IP address, such as a Unix domain socket's, is on this machine and let in.</summary>
    public bool Permits(IPAddress? source) =>
        IsEmpty || source is null || ((_table ??= new PrefixTable(Allow, Deny)).Allows(source) ?? Allow.Count == 0);

    /// <summary>Returns the list that lets in nobody of these networks either.</summary>
    /// <param name="networks">The networks. What <see cref="Allow"/> has within one of them is denied with it.</param>
    /// <param name="hosts">Single hosts, of which the same is true only where the list allows just them.</param>
    public AccessOptions Without(IReadOnlyList<IPNetwork> networks, IReadOnlyList<IPNetwork> hosts)
    {
        IPNetwork[] allow = [.. networks.Count == 0 ? Allow : Allow.Where(allowed => !networks.Any(network => IsWithin(allowed, network)))];
        return allow.Length == 0 && Allow.Count > 0
            ? new AccessOptions { Deny = [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)] }
            : new AccessOptions { Allow = allow, Deny = [.. Deny, .. networks, .. hosts] };
    }

    private static bool IsWithin(IPNetwork prefix, IPNetwork network) =>
        prefix.PrefixLength >= network.PrefixLength && prefix.BaseAddress.AddressFamily == network.BaseAddress.AddressFamily && network.Contains(prefix.BaseAddress);

    public bool Equals(AccessOptions? other) =>
        ReferenceEquals(this, other) || (other is not null && Allow.SequenceEqual(other.Allow) && Deny.SequenceEqual(other.Deny));

    public override int GetHashCode() => HashCode.Combine(Allow.Count, Deny.Count);
}
