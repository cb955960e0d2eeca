using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

/// <summary>A program that starts in some milliseconds, tells each connection the address that it sees as its peer's, and sends back what it gets.</summary>
internal static class PeerProgram
{
    // perl-base is on every Debian. It ends at once when it is asked to, with whatever is open.
    private const string Source = """
        use IO::Socket::INET; use IO::Select; $SIG{PIPE} = "IGNORE";
        my $l = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => $ENV{PORT}, Listen => 512, ReuseAddr => 1) or die;
        my $s = IO::Select->new($l);
        while (1) { for my $h ($s->can_read) {
            if ($h == $l) { my $c = $l->accept or next; $s->add($c); syswrite($c, $c->peerhost . ":" . $c->peerport . "\n"); next; }
            my $n = sysread($h, my $b, 65536); if ($n) { syswrite($h, $b); } else { $s->remove($h); close $h; }
        } }
        """;

    /// <summary>Returns the settings of a function that runs it.</summary>
    public static JsonObject Function(int listen, string idleAfter = "00:05:00") => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray("/usr/bin/perl", "-e", Source),
        ["Listen"] = new JsonArray($"tcp://*:{listen}"),
        ["Idle"] = new JsonObject { ["Tier"] = "Stopped", ["After"] = idleAfter },
    };

    /// <summary>Reads the first line of a connection, and returns whether the program has the connection itself: it sees the client's own end.</summary>
    public static async Task<bool> IsDirectAsync(Socket socket, CancellationToken cancellationToken) =>
        await LineAsync(socket, cancellationToken) == ((IPEndPoint)socket.LocalEndPoint!).ToString();

    /// <summary>Sends a line, and returns whether it came back.</summary>
    public static async Task<bool> EchoesAsync(Socket socket, string line, CancellationToken cancellationToken)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{line}\n"), cancellationToken);
        return await LineAsync(socket, cancellationToken) == line;
    }

    private static async Task<string> LineAsync(Socket socket, CancellationToken cancellationToken)
    {
        var (line, one) = (new StringBuilder(), new byte[1]);
        while (await socket.ReceiveAsync(one, cancellationToken) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString();
    }
}
