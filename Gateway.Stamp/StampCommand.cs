using System.Diagnostics;

namespace Gateway.Stamp;

/// <summary>
/// Runs what the user starts. It has a <see cref="Guard"/> make the cgroup and move this process into it, and then this process becomes
/// the command. So signals (SIGKILL too), job control and the exit code are the command's own.
/// </summary>
internal static class StampCommand
{
    /// <summary>Runs the command, or prints the usage.</summary>
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

    /// <summary>Starts the guard.</summary>
    /// <returns>Returns the first line that the guard wrote; null if it ended without one.</returns>
    private static string? StartGuard(StampArguments parsed)
    {
        // A shell starts it and ends at once, because the command must not have a child that it never started. The guard has no
        // input, so that it does not take the command's, and its errors go where the command's go.
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

    /// <summary>Returns how this program was started: by its own executable, or by dotnet with its assembly.</summary>
    private static string[] Self()
    {
        var program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(StampCommand).Assembly.Location] : [program];
    }
}
