namespace Gateway.Stamp;

/// <summary>The parsed command line.</summary>
/// <param name="Targets">The destinations with their ids; none for help.</param>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Verbose">Whether the number of stamped SYNs is reported at the end.</param>
/// <param name="Help">Whether the usage is wanted.</param>
internal sealed record StampArguments(IReadOnlyList<StampTarget> Targets, IReadOnlyList<string> Command, bool Verbose, bool Help)
{
    public const string Usage = """
        Usage: headstart-stamp --to ADDRESS:PORT=ID [--to ...] [--verbose] [--] COMMAND [ARGUMENT ...]

        Runs COMMAND. The SYNs that it, and all that it starts, sends to ADDRESS:PORT carry ID (TCP option 253), by which a
        Headstart gateway knows the function while the handshake still runs. The programs need not know of it.

          --to 203.0.113.7:443=hello      an IPv4 address, port and id: 1 to 16 printable ASCII characters
          --to [2001:db8::7]:443=hello    an IPv6 address
          --to *:443=hello                any address
          --verbose                       says at the end how many SYNs carried an id
          --help                          this

        The exit code is COMMAND's; 125 when headstart-stamp fails itself, 126 when COMMAND cannot be run, 127 when there is none.
        Needs root, or CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and the right to make a cgroup.
        """;

    /// <summary>Parses a command line.</summary>
    /// <exception cref="StampException">The command line is wrong.</exception>
    public static StampArguments Parse(IReadOnlyList<string> arguments)
    {
        var targets = new List<StampTarget>();
        var verbose = false;
        var at = 0;
        for (; at < arguments.Count && arguments[at].StartsWith('-'); at++)
        {
            switch (arguments[at])
            {
                case "--":
                    return Checked(targets, [.. arguments.Skip(at + 1)], verbose);
                case "--help" or "-h":
                    return new StampArguments([], [], verbose, Help: true);
                case "--verbose":
                    verbose = true;
                    break;
                case "--to":
                    at++;
                    targets.Add(StampTarget.Parse(at < arguments.Count ? arguments[at] : throw new StampException("--to needs ADDRESS:PORT=ID behind it.")));
                    break;
                case var option when option.StartsWith("--to=", StringComparison.Ordinal):
                    targets.Add(StampTarget.Parse(option["--to=".Length..]));
                    break;
                default:
                    throw new StampException($"'{arguments[at]}' is not known; --help tells what is.");
            }
        }

        return Checked(targets, [.. arguments.Skip(at)], verbose);
    }

    private static StampArguments Checked(List<StampTarget> targets, IReadOnlyList<string> command, bool verbose)
    {
        if (targets.Count == 0)
        {
            throw new StampException("nothing to stamp; add --to ADDRESS:PORT=ID, --help tells more.");
        }

        if (targets.GroupBy(target => target.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new StampException($"{twice.First().Text} and {twice.Last().Text} are one address; a SYN carries one id.");
        }

        return command.Count > 0
            ? new StampArguments(targets, command, verbose, Help: false)
            : throw new StampException("no command; write it behind --, as in headstart-stamp --to 203.0.113.7:443=hello -- curl https://hello.example/.");
    }
}
