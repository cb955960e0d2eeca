using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>struct hs_access_key</c> of bpf/headstart.h, the key of a longest-prefix-match trie (linux/bpf.h, struct bpf_lpm_trie_key).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AccessKey : IEquatable<AccessKey>
{
    private const int ScopeBits = 32;
    private const int MappedBits = 96; // RFC 4291, section 2.5.5.2

    public uint Bits;
    public uint Scope;
    public RawAddress Address;

    /// <summary>Returns the key of a prefix in the list of a function, or in the gateway's (<see cref="KernelHooks.Shared"/>).</summary>
    internal static AccessKey Of(uint scope, IPNetwork prefix) => new()
    {
        Bits = (uint)(ScopeBits + prefix.PrefixLength + (prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? MappedBits : 0)),
        Scope = scope,
        Address = RawAddress.From(prefix.BaseAddress),
    };

    public readonly bool Equals(AccessKey other) => Bits == other.Bits && Scope == other.Scope && Address == other.Address;

    public override readonly bool Equals(object? obj) => obj is AccessKey other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Bits, Scope, Address);
}

/// <summary><c>enum hs_verdict</c> of bpf/headstart.h.</summary>
internal enum Verdict : uint
{
    Deny = 0,
    Allow,
}
