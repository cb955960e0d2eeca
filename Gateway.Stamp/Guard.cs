using System.Globalization;
using System.Runtime.InteropServices;
using LibBpf;

namespace Gateway.Stamp;

/// <summary>
/// A process beside the command. It owns what has to be removed after the command has ended in any way: the kernel's program
/// (its link ends with this process) and the cgroup. It sleeps until the cgroup is empty.
/// </summary>
internal static partial class Guard
{
    /// <summary>The argument that makes this program a guard.</summary>
    public const string Word = "--guard";

    /// <summary>What a guard writes to standard output once the process is in the cgroup. If that fails it writes a sentence.</summary>
    public const string Ready = "ready";

    /// <summary>Runs a guard until the cgroup is empty.</summary>
    /// <param name="arguments">The process id, perhaps --verbose, and the targets.</param>
    /// <returns>Returns the exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        // The guard leaves the terminal's process group, because Ctrl-C is for the command.
        _ = setsid();
        var process = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var verbose = arguments.Contains("--verbose");
        try
        {
            using var cgroup = StampCgroup.Make(process);
            using var program = StampProgram.Attach(cgroup.Path, [.. arguments.Skip(1).Where(argument => argument != "--verbose").Select(StampTarget.Parse)]);
            cgroup.Add(process);
            Console.Out.WriteLine(Ready);
            cgroup.WaitUntilEmpty();
            Report(program.Counts(), verbose);
            return 0;
        }
        catch (Exception e) when (e is StampException or BpfException)
        {
            Console.Out.WriteLine(e.Message);
            return StampException.Failed;
        }
    }

    private static void Report(IReadOnlyDictionary<Stamped, long> counts, bool verbose)
    {
        if (verbose)
        {
            Console.Error.WriteLine($"headstart-stamp: {Syns(counts[Stamped.Sent])} carried an id.");
        }

        if (counts[Stamped.NoRoom] > 0)
        {
            Console.Error.WriteLine($"headstart-stamp: {Syns(counts[Stamped.NoRoom])} had no room for the id beside other TCP options (a Fast Open cookie takes 8 to 18 bytes) and went without; a shorter id may fit.");
        }

        if (counts[Stamped.GivenUp] > 0)
        {
            Console.Error.WriteLine($"headstart-stamp: {Syns(counts[Stamped.GivenUp])} went without the id, because two before with it had no answer.");
        }
    }

    private static string Syns(long count) => count == 1 ? "1 SYN" : $"{count} SYNs";

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsid();
}
