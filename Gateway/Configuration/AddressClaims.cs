using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>
/// Who takes which TCP address. Two sockets cannot listen on one port when their addresses overlap: the same one,
/// or one of them every address (of its family). Linux answers EADDRINUSE, whatever the order.
/// </summary>
internal sealed class AddressClaims(ReadContext context)
{
    private readonly Dictionary<int, PortClaims> _ports = [];
    private readonly HashSet<(string, string)> _reported = [];
    private readonly List<ClaimedAddress> _all = [];

    /// <summary>All that was taken, in order.</summary>
    public IReadOnlyList<ClaimedAddress> All => _all;

    /// <summary>Takes an address for the key at <paramref name="path"/>; an error there for each key that has it already.</summary>
    /// <param name="address">Null is every address, IPv4 and IPv6.</param>
    public void Claim(IPAddress? address, int port, string path, string source) => Claim(new ClaimedAddress(address, port, path, source));

    /// <inheritdoc cref="Claim(IPAddress?, int, string, string)"/>
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
            // A range of ports against a range of ports is one mistake.
            if (other.Path != claim.Path && _reported.Add((other.Path, claim.Path)))
            {
                context.Error(claim.Path, claim.Source, $"{claim} overlaps {other} of {other.Path}; give one of the two another port.");
            }
        }
    }

    /// <summary>Wildcards in a list, as they are few; the others by address, as one port may have thousands.</summary>
    private sealed class PortClaims(ClaimedAddress first)
    {
        private List<ClaimedAddress>? _wildcards;
        private Dictionary<IPAddress, ClaimedAddress>? _specific;

        public List<ClaimedAddress> Add(ClaimedAddress claim)
        {
            // Most ports have one.
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
            else if (!_specific.TryAdd(claim.Address!, claim))
            {
                overlaps.Add(_specific[claim.Address!]);
            }

            return overlaps;
        }
    }
}

/// <summary>An address that a key of the configuration takes.</summary>
/// <param name="Address">Null is every address, IPv4 and IPv6.</param>
/// <param name="Path">The key's.</param>
/// <param name="Source">Who wrote it.</param>
internal sealed record ClaimedAddress(IPAddress? Address, int Port, string Path, string Source)
{
    public bool IsWildcard => Address is null || Address.Equals(IPAddress.Any);

    public bool Overlaps(ClaimedAddress other) =>
        Address is null || other.Address is null || Address.Equals(other.Address)
        || (Address.AddressFamily == AddressFamily.InterNetwork && other.Address.AddressFamily == AddressFamily.InterNetwork
            && (IsWildcard || other.IsWildcard));

    public override string ToString() => Address is null ? $"*:{Port}" : new IPEndPoint(Address, Port).ToString();
}
