using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Gateway.Readiness;

/// <summary>A listening TCP socket, as proc_pid_net_tcp(5) lists it.</summary>
/// <param name="Endpoint">The address and port; 0.0.0.0 and :: stand for every address of the family.</param>
/// <param name="Inode">The inode, by which the socket is found among the descriptors of processes.</param>
internal sealed record ListeningSocket(IPEndPoint Endpoint, string Inode)
{
    /// <summary>TCP_LISTEN of linux/net/tcp_states.h.</summary>
    private const string Listening = "0A";

    /// <summary>Reads the listening sockets of a process's network namespace, those of IPv4 first.</summary>
    /// <param name="process">A directory name of /proc: a process id, <c>self</c> or <c>thread-self</c>.</param>
    /// <exception cref="IOException">The process has ended.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read them.</exception>
    public static IEnumerable<ListeningSocket> Of(string process) =>
        from table in (string[])["tcp", "tcp6"]
        let path = $"/proc/{process}/net/{table}"
        where File.Exists(path)
        from socket in Parse(File.ReadLines(path))
        select socket;

    /// <summary>Parses the listening sockets in the lines of such a table, which lists them before all others.</summary>
    internal static IEnumerable<ListeningSocket> Parse(IEnumerable<string> table)
    {
        foreach (var line in table.Skip(1))
        {
            // sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 10 || fields[3] != Listening)
            {
                yield break;
            }

            yield return new ListeningSocket(ParseEndpoint(fields[1]), fields[9]);
        }
    }

    /// <summary>Returns whether a connection to an endpoint may reach this socket.</summary>
    public bool Takes(IPEndPoint endpoint) => Endpoint.Port == endpoint.Port
        && (Endpoint.Address.Equals(endpoint.Address)
            || Endpoint.Address.Equals(IPAddress.IPv6Any)
            || (Endpoint.Address.Equals(IPAddress.Any) && endpoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork));

    // In "0100007F:1F90" each word of the address is in the machine's byte order, and the port is a hexadecimal number.
    private static IPEndPoint ParseEndpoint(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var address = new byte[colon / 2];
        for (var word = 0; word < address.Length; word += 4)
        {
            var value = uint.Parse(text.AsSpan(word * 2, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(word), value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(address.AsSpan(word), value);
            }
        }

        var ip = new IPAddress(address);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, int.Parse(text.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }
}
