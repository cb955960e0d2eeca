using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>A list of networks. Two are equal if they have the same networks in the same order.</summary>
internal sealed class SourceNetworks : IEquatable<SourceNetworks>
{
    /// <summary>What an address or a network looks like.</summary>
    public static readonly TextFormat Written = new("^[0-9A-Fa-f:.]+(?:/[0-9]+)?$", "192.0.2.1", "10.0.0.0/8");

    private readonly IPNetwork[] _networks;

    public SourceNetworks(IEnumerable<IPNetwork> networks) => _networks = [.. networks];

    public static SourceNetworks None { get; } = new([]);

    public bool IsEmpty => _networks.Length == 0;

    public IReadOnlyList<IPNetwork> All => _networks;

    /// <summary>Returns whether an address is in one of the networks. An IPv4 address may be mapped into an IPv6 one.</summary>
    public bool Contains(IPAddress? address)
    {
        if (address is null || _networks.Length == 0)
        {
            return false;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in _networks)
        {
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a list of addresses and networks (RFC 4632: <c>10.0.0.0/8</c>; RFC 4291, section 2.3: <c>2001:db8::/32</c>), and notes what is wrong.</summary>
    public static SourceNetworks Read(SectionReader section, string key)
    {
        var networks = new List<IPNetwork>();
        foreach (var item in section.List(key, Written))
        {
            if (TryParse(item.Value, out var network, out var error))
            {
                networks.Add(network.Value);
            }
            else
            {
                section.Error(item, error);
            }
        }

        return networks.Count == 0 ? None : new SourceNetworks(networks);
    }

    /// <summary>Reads an address or a network.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="network">The network; that of a single address has all its bits.</param>
    /// <param name="error">A sentence that says what is wrong.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPNetwork? network, [NotNullWhen(false)] out string? error)
    {
        (network, error) = (null, $"{ReadContext.Quote(text)} is neither an address nor a network; write e.g. \"192.0.2.1\" or \"10.0.0.0/8\".");
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        // Forms such as "10.1" can be parsed too, but hardly anybody means the addresses that they stand for.
        if (!IPAddress.TryParse(host, out var address) || host.Contains('[', StringComparison.Ordinal) || host.Contains('%', StringComparison.Ordinal)
            || (address.AddressFamily == AddressFamily.InterNetwork && host != address.ToString()))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            error = $"{ReadContext.Quote(text)} is an IPv4 address mapped into an IPv6 one; write it as IPv4.";
            return false;
        }

        var longest = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = longest;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out prefix) || prefix > longest))
        {
            error = $"{ReadContext.Quote(text)} has a prefix that is not a number from 0 to {longest}.";
            return false;
        }

        var first = FirstOf(address, prefix);
        if (!first.Equals(address))
        {
            error = $"{ReadContext.Quote(text)} has bits beyond its prefix; write \"{first}/{prefix}\" for the network, or \"{address}\" for the address.";
            return false;
        }

        (network, error) = (new IPNetwork(address, prefix), null);
        return true;
    }

    public bool Equals(SourceNetworks? other) => other is not null && _networks.AsSpan().SequenceEqual(other._networks);

    public override bool Equals(object? obj) => Equals(obj as SourceNetworks);

    public override int GetHashCode() => _networks.Length == 0 ? 0 : HashCode.Combine(_networks.Length, _networks[0]);

    public override string ToString() => string.Join(", ", _networks);

    private static IPAddress FirstOf(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - (8 * i), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }
}
