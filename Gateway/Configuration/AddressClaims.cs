using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>
/// Records which key of the configuration takes which TCP address. Two sockets cannot listen on one port when their addresses overlap: when
/// they are the same, or one of them is the wildcard of the other's family. Linux then answers EADDRINUSE, whatever the order.
/// </summary>
internal sealed class AddressClaims(ReadContext context)
{
    private readonly Dictionary<int, PortClaims> _ports = [];
    private readonly HashSet<(string, string)> _reported = [];
    private readonly List<ClaimedAddress> _all = [];

    /// <summary>All claims, in the order in which they were made.</summary>
    public IReadOnlyList<ClaimedAddress> All => _all;

    /// <summary>Claims an address for the key at <paramref name="path"/>, and notes an error there for each other key whose address overlaps it.</summary>
    /// <param name="address">The address. Null means every address, IPv4 and IPv6.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="path">The full path of the key.</param>
    /// <param name="source">The source of the key, as <see cref="ConfigurationError.Source"/> has it.</param>
    /// <param name="tls">For an address where TLS is passed through, whether it is shared by server names; else null.</param>
    public void Claim(IPAddress? address, int port, string path, string source, bool? tls = null) => Claim(new ClaimedAddress(address, port, path, source) { SharesTls = tls });

    /// <inheritdoc cref="Claim(IPAddress?, int, string, string, bool?)"/>
    public void Claim(ClaimedAddress claim)
    {
        _all.Add(claim);
        if (!_ports.TryGetValue(claim.Port, out var claims))
        {
            _ports.Add(claim.Port, new PortClaims(claim));
            return;
        }

        foreach (var other in claims.Add(claim))
        {
            // Two keys with ranges of ports may overlap at many ports, which is one mistake.
            if (other.Path != claim.Path && _reported.Add((other.Path, claim.Path)))
            {
                context.Error(claim.Path, claim.Source, $"{claim} overlaps {other} of {other.Path}; {(claim.SharesTls is null || other.SharesTls is null ? "" : "give both functions their Sni names and the same address, or ")}give one of the two another port.");
            }
        }
    }

    /// <summary>The claims of one port. Wildcards are in a list because they are few, the others by address because one port may have thousands.</summary>
    private sealed class PortClaims(ClaimedAddress first)
    {
        private List<ClaimedAddress>? _wildcards;
        private Dictionary<IPAddress, ClaimedAddress>? _specific;

        /// <returns>Returns the earlier claims that overlap the new one.</returns>
        public List<ClaimedAddress> Add(ClaimedAddress claim)
        {
            // Most ports have only one claim, for which no collections are made.
            if (_wildcards is null)
            {
                Put(first);
            }

            return Put(claim);
        }

        private List<ClaimedAddress> Put(ClaimedAddress claim)
        {
            (_wildcards, _specific) = (_wildcards ?? [], _specific ?? []);
            var overlaps = _wildcards.Where(claim.Overlaps).ToList();
            if (claim.IsWildcard)
            {
                overlaps.AddRange(_specific.Values.Where(claim.Overlaps));
                _wildcards.Add(claim);
            }
            else if (!_specific.TryAdd(claim.Address!, claim) && claim.Overlaps(_specific[claim.Address!]))
            {
                overlaps.Add(_specific[claim.Address!]);
            }

            return overlaps;
        }
    }
}

/// <summary>An address that a key of the configuration takes.</summary>
/// <param name="Address">The address. Null means every address, IPv4 and IPv6.</param>
/// <param name="Port">The port, 1 to 65535.</param>
/// <param name="Path">The full path of the key.</param>
/// <param name="Source">The source of the key, as <see cref="ConfigurationError.Source"/> has it.</param>
internal sealed record ClaimedAddress(IPAddress? Address, int Port, string Path, string Source)
{
    /// <summary>For an address where TLS is passed through, whether it is shared by server names; null for any other.</summary>
    public bool? SharesTls { get; init; }

    public bool IsWildcard => Address is null || Address.Equals(IPAddress.Any);

    /// <summary>Tells whether two sockets could not listen on these addresses at one port. The ports themselves are not compared.</summary>
    public bool Overlaps(ClaimedAddress other) =>
        !(SharesTls == true && other.SharesTls == true && Equals(Address, other.Address)) && OverlapsAny(other);

    private bool OverlapsAny(ClaimedAddress other) =>
        Address is null || other.Address is null || Address.Equals(other.Address)
        || (Address.AddressFamily == AddressFamily.InterNetwork && other.Address.AddressFamily == AddressFamily.InterNetwork
            && (IsWildcard || other.IsWildcard));

    public override string ToString() => Address is null ? $"*:{Port}" : new IPEndPoint(Address, Port).ToString();
}
