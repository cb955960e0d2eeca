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

    /// <summary>Takes an address for the key at <paramref name="path"/>; an error there for each key that has it already.</summary>
    /// <param name="address">Null is every address, IPv4 and IPv6.</param>
    public void Claim(IPAddress? address, int port, string path, string source)
    {
        if (!_ports.TryGetValue(port, out var claims))
        {
            _ports.Add(port, claims = new PortClaims());
        }

        foreach (var other in claims.Add(new Claimed(address, path)))
        {
            // A range of ports against a range of ports is one mistake.
            if (other.Path != path && _reported.Add((other.Path, path)))
            {
                context.Error(path, source, $"{Show(address, port)} overlaps {Show(other.Address, port)} of {other.Path}; give one of the two another port.");
            }
        }
    }

    private static string Show(IPAddress? address, int port) =>
        address is null ? $"*:{port}" : new IPEndPoint(address, port).ToString();

    private sealed record Claimed(IPAddress? Address, string Path)
    {
        public bool IsWildcard => Address is null || Address.Equals(IPAddress.Any);

        public bool Overlaps(Claimed other) =>
            Address is null || other.Address is null || Address.Equals(other.Address)
            || (Address.AddressFamily == AddressFamily.InterNetwork && other.Address.AddressFamily == AddressFamily.InterNetwork
                && (IsWildcard || other.IsWildcard));
    }

    /// <summary>Wildcards in a list, as they are few; the others by address, as one port may have thousands.</summary>
    private sealed class PortClaims
    {
        private readonly List<Claimed> _wildcards = [];
        private readonly Dictionary<IPAddress, Claimed> _specific = [];

        public List<Claimed> Add(Claimed claim)
        {
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
