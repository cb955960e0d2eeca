using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;
using Gateway.Readiness;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>Writes what nft reads: the gateway's own table, and what is in it.</summary>
internal static class BridgeScript
{
    private const string Mark = "headstart";

    /// <summary>
    /// Returns the table's name, by which the next gateway of the same name finds it, and which is the comment of its rules elsewhere too. Two gateways on one machine have names of their own
    /// (<see cref="GatewayOptions.Name"/>), as they need for their containers.
    /// </summary>
    public static string NameOf(string gateway)
    {
        var plain = string.Concat(gateway.Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_'));
        // What was replaced tells two names apart.
        var name = plain == gateway ? plain : $"{plain}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(gateway)))[..8]}";
        return name.StartsWith(Mark, StringComparison.Ordinal) ? name : $"{Mark}_{name}";
    }

    /// <summary>Removes the table, be it there or not.</summary>
    public static string Remove(string name) => $"table ip {name}\ndelete table ip {name}\n";

    /// <summary>
    /// Makes the table anew. Its chain is asked about the first packet of a connection only, and the kernel takes a packet of a connection that it does not know for a first one, also in
    /// the middle of it: what the gateway holds stays with it because only a SYN leads on. Docker's own chain has a priority of -100 and is asked after it.
    /// </summary>
    public static string Make(string name, BridgeContent content) => Remove(name) + $$"""
        table ip {{name}} {
          map specific { type ipv4_addr . inet_service : ipv4_addr . inet_service; }
          map wildcard { type inet_service : ipv4_addr . inet_service; }
          set kept { type ipv4_addr . inet_service; }
          set inside { type ifname; }
          chain arriving {
            type nat hook prerouting priority -110; policy accept;
            iifname @inside return
            tcp flags & (fin | syn | rst | ack) != syn return
            dnat ip to ip daddr . tcp dport map @specific
            ip daddr . tcp dport @kept return
            fib daddr type != local return
            dnat ip to tcp dport map @wildcard
          }
        }

        """ + Fill(name, content);

    /// <summary>Puts what is wanted in the place of all that is in the table, at once.</summary>
    public static string Fill(string name, BridgeContent content)
    {
        var script = new StringBuilder();
        Add("map", "specific", content.Programs.Where(static pair => IsSpecific(pair.Key)).Select(static pair => $"{pair.Key.Address} . {Number(pair.Key.Port)} : {Target(pair.Value)}"));
        Add("map", "wildcard", content.Programs.Where(static pair => !IsSpecific(pair.Key)).Select(static pair => $"{Number(pair.Key.Port)} : {Target(pair.Value)}"));
        Add("set", "kept", content.Kept.Where(IsSpecific).Select(static address => $"{address.Address} . {Number(address.Port)}"));
        // A program's neighbours would be answered by it directly, and not from the address that they dialed; lo has what this machine sends itself.
        Add("set", "inside", content.Programs.Values.Select(static program => program.Bridge).Append("lo").Select(static name => $"\"{name}\""));
        return script.ToString();

        void Add(string kind, string set, IEnumerable<string> elements)
        {
            script.Append(CultureInfo.InvariantCulture, $"flush {kind} ip {name} {set}\n");
            if (string.Join(", ", elements.Distinct()) is { Length: > 0 } all)
            {
                script.Append(CultureInfo.InvariantCulture, $"add element ip {name} {set} {{ {all} }}\n");
            }
        }
    }

    /// <summary>Returns the rule, without a command, that lets through both ways what the table forwards from a port to a program.</summary>
    public static IReadOnlyList<string> Accept(string name, int port, IPEndPoint program) =>
    [
        PacketFilters.UserChain, "-p", "tcp", "-m", "conntrack", "--ctstate", "DNAT", "--ctorigdstport", Number(port), "--ctreplsrc", $"{program.Address}", "--ctreplsrcport", Number(program.Port),
        "-m", "comment", "--comment", name, "-j", "ACCEPT",
    ];

    /// <summary>Returns whether connections to an address come by IPv4, which is what is forwarded.</summary>
    public static bool TakesIPv4(ListenAddress address) => address.Address is not { AddressFamily: AddressFamily.InterNetworkV6 };

    private static bool IsSpecific(ListenAddress address) => address.Address is { AddressFamily: AddressFamily.InterNetwork } ip && !ip.Equals(IPAddress.Any);

    private static string Target(BridgedProgram program) => $"{program.Endpoint.Address} . {Number(program.Endpoint.Port)}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
