using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;

namespace Gateway.Signals;

/// <summary>
/// Finds addresses of functions that another program listens on. A steered address needs no bind that could fail, and
/// steering would silently take the other program's connections.
/// </summary>
internal static class TakenAddresses
{
    /// <summary>linux/net/tcp_states.h: TCP_LISTEN.</summary>
    private const string Listening = "0A";

    private static readonly string[] Tables = ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"];

    public static IReadOnlyList<ListenAddress> Among(IEnumerable<ListenAddress> addresses)
    {
        var ports = new HashSet<int>();
        var inodes = new List<(int Port, string Inode)>();
        foreach (var table in Tables.Where(File.Exists))
        {
            foreach (var (port, inode) in Listeners(File.ReadLines(table)))
            {
                ports.Add(port);
                inodes.Add((port, inode));
            }
        }

        var suspects = addresses.Where(address => ports.Contains(address.Port)).ToArray();
        if (suspects.Length == 0)
        {
            return [];
        }

        // A reload may move an address from an endpoint of ours to a function: that is not another program.
        var own = OwnSockets();
        var others = inodes.Where(listener => !own.Contains(listener.Inode)).Select(listener => listener.Port).ToHashSet();
        return [.. suspects.Where(address => others.Contains(address.Port) && IsTaken(address))];
    }

    /// <summary>Port and inode of each listening socket in lines of /proc/net/tcp, which lists them before all others.</summary>
    internal static IEnumerable<(int Port, string Inode)> Listeners(IEnumerable<string> table)
    {
        foreach (var line in table.Skip(1))
        {
            // sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 10 || fields[3] != Listening)
            {
                yield break;
            }

            var port = fields[1].AsSpan(fields[1].LastIndexOf(':') + 1);
            yield return (int.Parse(port, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), fields[9]);
        }
    }

    // The kernel's own word on whether addresses overlap, IPv6 sockets without IPv4 and the like included.
    private static bool IsTaken(ListenAddress address)
    {
        var ip = address.Address ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (ip.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        try
        {
            socket.Bind(new IPEndPoint(ip, address.Port));
            return false;
        }
        catch (SocketException error)
        {
            // An address that is not this machine's can be steered all the same, and nobody listens on it.
            return error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied;
        }
    }

    private static HashSet<string> OwnSockets()
    {
        const string Begin = "socket:[";
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            // One that was closed meanwhile has no target any more.
            if (TargetOf(descriptor) is { } target && target.StartsWith(Begin, StringComparison.Ordinal))
            {
                own.Add(target[Begin.Length..^1]);
            }
        }

        return own;
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
