using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Stamp;

/// <summary>One <c>--to</c>: a destination, and the id that SYNs to it carry.</summary>
/// <param name="Text">The argument as the user wrote it.</param>
/// <param name="Address">The address; null for any.</param>
/// <param name="Port">The port.</param>
/// <param name="Id">The id.</param>
internal sealed record StampTarget(string Text, IPAddress? Address, int Port, string Id)
{
    /// <summary>The destination, to find two targets with the same one.</summary>
    public (string Address, int Port) Key => (Address?.ToString() ?? "*", Port);

    internal DestinationKey Destination => DestinationKey.Of(Address, Port);

    /// <summary>Parses an argument.</summary>
    /// <exception cref="StampException">The argument is not ADDRESS:PORT=ID.</exception>
    public static StampTarget Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var colon = equals < 0 ? -1 : text.LastIndexOf(':', equals);
        if (colon < 0)
        {
            throw new StampException($"'{text}' is not ADDRESS:PORT=ID, as in 203.0.113.7:443=hello.");
        }

        if (!TryAddress(text[..colon], out var address))
        {
            throw new StampException($"'{text[..colon]}' in '{text}' is not an IP address; write 203.0.113.7, [2001:db8::7], or * for any.");
        }

        if (!int.TryParse(text.AsSpan(colon + 1, equals - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > IPEndPoint.MaxPort)
        {
            throw new StampException($"'{text[(colon + 1)..equals]}' in '{text}' is not a port; use 1 to 65535.");
        }

        var id = text[(equals + 1)..];
        return id.Length is >= 1 and <= SynIdText.Size && id.All(c => c is > ' ' and <= '~')
            ? new StampTarget(text, address, port, id)
            : throw new StampException($"'{id}' in '{text}' does not fit into a SYN; use 1 to {SynIdText.Size} printable ASCII characters without spaces.");
    }

    /// <summary>Makes the TCP option as it is sent; docs/early-signals.md describes it.</summary>
    internal StampRecord Record()
    {
        var record = new StampRecord { Length = (byte)(4 + Id.Length) };
        Span<byte> option = record.Option;
        option[0] = 253;
        option[1] = record.Length;
        option[2] = 0x48;
        option[3] = 0x53;
        Encoding.ASCII.GetBytes(Id, option[4..]);
        return record;
    }

    private static bool TryAddress(string text, out IPAddress? address)
    {
        address = null;
        if (text == "*")
        {
            return true;
        }

        var bracketed = text.StartsWith('[') && text.EndsWith(']');
        if (!IPAddress.TryParse(bracketed ? text[1..^1] : text, out address) || (address.AddressFamily == AddressFamily.InterNetworkV6) != bracketed)
        {
            return false;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        // "1" and "127.1" are parsed too, but hardly meant so. An unspecified address is not a destination.
        return (bracketed || text == address.ToString()) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
    }
}
