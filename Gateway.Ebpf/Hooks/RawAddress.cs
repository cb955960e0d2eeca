using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gateway.Ebpf.Hooks;

/// <summary>Sixteen bytes in network order: an IPv6 address, or an IPv4 address mapped into one (RFC 4291, section 2.5.5.2).</summary>
[InlineArray(Length)]
public struct RawAddress : IEquatable<RawAddress>
{
    /// <summary>The number of bytes.</summary>
    public const int Length = 16;

    private byte _first;

    /// <summary>Makes one of an address. An IPv4 address becomes a mapped one.</summary>
    public static RawAddress From(IPAddress address)
    {
        var raw = new RawAddress();
        var ipv6 = address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address;
        ipv6.TryWriteBytes(raw, out _);
        return raw;
    }

    /// <summary>Returns the address, which allocates. A mapped address becomes an IPv4 address again. A scope id is not part of it.</summary>
    public readonly IPAddress ToIPAddress()
    {
        var address = new IPAddress(this);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    public readonly bool Equals(RawAddress other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is RawAddress other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    public override readonly string ToString() => ToIPAddress().ToString();

    public static bool operator ==(RawAddress left, RawAddress right) => left.Equals(right);

    public static bool operator !=(RawAddress left, RawAddress right) => !left.Equals(right);
}
