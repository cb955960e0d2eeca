using System.Diagnostics;

namespace Gateway.Stamp;

/// <summary>
/// What the user starts. It has a <see cref="Guard"/> make the cgroup and put this very process into it, and then becomes
/// the command: the same process, so signals, job control and the exit code are the command's own, and a SIGKILL hits the command.
/// </summary>
internal static class StampCommand
{
    public static int Run(IReadOnlyList<string> arguments)
    {
        var parsed = StampArguments.Parse(arguments);
        if (parsed.Help)
        {
            Console.Out.WriteLine(StampArguments.Usage);
            return 0;
        }

        var answer = StartGuard(parsed);
        if (answer != Guard.Ready)
        {
            throw new StampException(answer ?? "the process that guards the cgroup ended before it was ready.");
        }

        throw Execution.Become(parsed.Command);
    }

    /// <returns>What the guard says first; null when it ended without a word.</returns>
    private static string? StartGuard(StampArguments parsed)
    {
        // By a shell that ends at once: the command must not find a child that it never started. It has no input of its own,
        // so nothing waits for it to read; errors go where the command's go.
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, UseShellExecute = false };
        List<string> arguments = ["-c", "\"$0\" \"$@\" </dev/null &", .. Self(), Guard.Word, $"{Environment.ProcessId}"];
        if (parsed.Verbose)
        {
            arguments.Add("--verbose");
        }

        arguments.AddRange(parsed.Targets.Select(target => target.Text));
        arguments.ForEach(start.ArgumentList.Add);

        using var shell = Process.Start(start)!;
        var answer = shell.StandardOutput.ReadLine();
        shell.WaitForExit();
        return answer;
    }

    /// <summary>This program, as started: its own executable, or dotnet with its assembly.</summary>
    private static string[] Self()
    {
        var program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(StampCommand).Assembly.Location] : [program];
    }
}
