using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Listening;

/// <summary>What <see cref="ProxyHeader.Read"/> found.</summary>
internal enum ProxyHeaderOutcome
{
    /// <summary>The bytes are the beginning of a header, and more are needed.</summary>
    Incomplete,

    /// <summary>The bytes are no header of the PROXY protocol.</summary>
    Invalid,

    /// <summary>The header is whole and names the client.</summary>
    Client,

    /// <summary>The header is whole and names nobody: the proxy itself is the client, or it does not know it as an IP address.</summary>
    Nobody,
}

/// <summary>
/// Reads the header with which a load balancer begins a connection: the PROXY protocol, versions 1 and 2 (proxy-protocol.txt of HAProxy, sections
/// 2.1 and 2.2). Any bytes give an outcome, never an exception.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>Section 2.1: the longest line of version 1, with its CR and LF.</summary>
    public const int LongestLine = 107;

    /// <summary>
    /// The longest header of version 2. The addresses take 232 bytes at most (section 2.2); what follows them is skipped, but has a bound, since the
    /// protocol itself allows 64 KiB.
    /// </summary>
    public const int LongestBinary = 2048;

    /// <summary>Section 2.2: signature, version with command, family with protocol, and the length of what follows.</summary>
    private const int BinaryHead = 16;

    private const byte Local = 0x20;
    private const byte Proxied = 0x21;

    /// <summary>Section 2.2: twice an address and a port of IPv4, of IPv6, and twice a path of a unix socket.</summary>
    private const int FourLength = 12, SixLength = 36, UnixLength = 216;

    /// <summary>Section 2.2: the first bytes of version 2.</summary>
    internal static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>A header of version 1 that names nobody, for the gateway's own connections.</summary>
    public static ReadOnlySpan<byte> Unknown => "PROXY UNKNOWN\r\n"u8;

    /// <summary>Reads a header at the beginning of what a connection has received so far.</summary>
    /// <param name="bytes">The bytes; those after the header do not matter.</param>
    /// <param name="length">The length of the header in bytes, if it is whole.</param>
    /// <param name="client">The client's address and port, if the header names it.</param>
    public static ProxyHeaderOutcome Read(ReadOnlySpan<byte> bytes, out int length, out IPEndPoint? client)
    {
        (length, client) = (0, null);
        if (bytes.IsEmpty)
        {
            return ProxyHeaderOutcome.Incomplete;
        }

        return bytes[0] == Signature[0] ? ReadBinary(bytes, ref length, ref client) : ReadLine(bytes, ref length, ref client);
    }

    private static ProxyHeaderOutcome ReadBinary(ReadOnlySpan<byte> bytes, ref int length, ref IPEndPoint? client)
    {
        var known = Math.Min(bytes.Length, Signature.Length);
        if (!bytes[..known].SequenceEqual(Signature[..known]))
        {
            return ProxyHeaderOutcome.Invalid;
        }

        if (bytes.Length < BinaryHead)
        {
            return ProxyHeaderOutcome.Incomplete;
        }

        var (command, family, body) = (bytes[12], bytes[13], BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]));
        if (command is not (Local or Proxied) || BinaryHead + body > LongestBinary || (command == Proxied && body < AddressesOf(family)))
        {
            return ProxyHeaderOutcome.Invalid;
        }

        if (bytes.Length < BinaryHead + body)
        {
            return ProxyHeaderOutcome.Incomplete;
        }

        length = BinaryHead + body;
        if (command == Proxied)
        {
            client = Source(family, bytes[BinaryHead..]);
        }

        return client is null ? ProxyHeaderOutcome.Nobody : ProxyHeaderOutcome.Client;
    }

    /// <summary>Returns how many bytes the addresses of a family and protocol take, which no header has for those that are not defined.</summary>
    private static int AddressesOf(byte family) => family switch
    {
        0x00 => 0,
        0x11 or 0x12 => FourLength,
        0x21 or 0x22 => SixLength,
        0x31 or 0x32 => UnixLength,
        _ => int.MaxValue,
    };

    // Other families than TCP over IP are treated as unknown, which the protocol allows.
    private static IPEndPoint? Source(byte family, ReadOnlySpan<byte> addresses) => family switch
    {
        0x11 => new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])),
        0x21 => EndPoint(new IPAddress(addresses[..16]), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])),
        _ => null,
    };

    private static ProxyHeaderOutcome ReadLine(ReadOnlySpan<byte> bytes, ref int length, ref IPEndPoint? client)
    {
        var begin = "PROXY "u8;
        var known = Math.Min(bytes.Length, begin.Length);
        if (!bytes[..known].SequenceEqual(begin[..known]))
        {
            return ProxyHeaderOutcome.Invalid;
        }

        var window = bytes[..Math.Min(bytes.Length, LongestLine)];
        var end = window.IndexOf("\r\n"u8);
        if (end < 0)
        {
            // A CR may be the last byte so far, and its LF the next one.
            var stray = window.IndexOfAny((byte)'\r', (byte)'\n');
            return bytes.Length >= LongestLine || (stray >= 0 && (stray < window.Length - 1 || window[stray] == '\n')) ? ProxyHeaderOutcome.Invalid : ProxyHeaderOutcome.Incomplete;
        }

        var line = window[begin.Length..end];
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return ProxyHeaderOutcome.Invalid;
        }

        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8))
        {
            length = end + 2;
            return ProxyHeaderOutcome.Nobody;
        }

        client = Addresses(line);
        length = client is null ? 0 : end + 2;
        return client is null ? ProxyHeaderOutcome.Invalid : ProxyHeaderOutcome.Client;
    }

    /// <summary>Returns the source of <c>TCP4 source destination port port</c>, or null if any part of the line is wrong.</summary>
    private static IPEndPoint? Addresses(ReadOnlySpan<byte> line)
    {
        var protocol = Next(ref line);
        var family = protocol.SequenceEqual("TCP4"u8) ? AddressFamily.InterNetwork
            : protocol.SequenceEqual("TCP6"u8) ? AddressFamily.InterNetworkV6
            : AddressFamily.Unspecified;
        return Address(Next(ref line), family) is { } source && Address(Next(ref line), family) is not null
            && TryPort(Next(ref line), out var port) && TryPort(line, out _)
            ? EndPoint(source, port)
            : null;
    }

    /// <summary>Takes the part before the next space off a line; all of it if there is no space.</summary>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var part = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return part;
    }

    // The canonical form of IPv4 has no zeros in front, which IPAddress would take for octal numbers.
    private static IPAddress? Address(ReadOnlySpan<byte> text, AddressFamily family)
    {
        if (text.IsEmpty || text.ContainsAny((byte)'[', (byte)']', (byte)'%')
            || !IPAddress.TryParse(Encoding.ASCII.GetString(text), out var address) || address.AddressFamily != family)
        {
            return null;
        }

        return family == AddressFamily.InterNetworkV6 || text.SequenceEqual(Encoding.ASCII.GetBytes(address.ToString())) ? address : null;
    }

    private static bool TryPort(ReadOnlySpan<byte> text, out ushort port) =>
        Utf8Parser.TryParse(text, out port, out var used) && used == text.Length && (text[0] != '0' || text.Length == 1);

    private static IPEndPoint EndPoint(IPAddress address, int port) => new(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
}
