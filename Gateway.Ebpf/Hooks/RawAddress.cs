using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gateway.Ebpf.Hooks;

/// <summary>Sixteen bytes in network order: an IPv6 address, or IPv4 mapped into it (RFC 4291, 2.5.5.2). No allocation until it is asked for.</summary>
[InlineArray(Length)]
public struct RawAddress : IEquatable<RawAddress>
{
    public const int Length = 16;

    private byte _first;

    /// <summary>IPv4 becomes v4-mapped.</summary>
    public static RawAddress From(IPAddress address)
    {
        var raw = new RawAddress();
        var ipv6 = address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address;
        ipv6.TryWriteBytes(raw, out _);
        return raw;
    }

    /// <summary>The address; v4-mapped comes back as IPv4. A scope id is not part of it.</summary>
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
