using System.Diagnostics;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>
/// Starts this test program again to run one explicit test in another process, which can be killed or lack something.
/// It reports in lines that begin with <see cref="Mark"/>.
/// </summary>
internal sealed class TestChild : IDisposable
{
    public const string Mark = "child: ";

    private readonly Process _process;

    /// <param name="method">An explicit test of <see cref="TestChildPrograms"/>.</param>
    /// <param name="wrapper">A program and its arguments, to which the command is appended.</param>
    public TestChild(string method, params string[] wrapper)
    {
        string[] command =
        [
            .. wrapper, Path.Combine(AppContext.BaseDirectory, "Gateway.Tests"),
            "-explicit", "only", "-method", $"{typeof(TestChildPrograms).FullName}.{method}",
        ];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true })!;
    }

    public static void Say(string text) => Console.WriteLine(Mark + text);

    /// <summary>Waits for the next line of the child.</summary>
    public string Hear()
    {
        var output = new List<string>();
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                return line[Mark.Length..];
            }
            output.Add(line);
        }
        Assert.Fail("The child said nothing; its output was: " + string.Join('\n', output));
        return "";
    }

    /// <summary>Sends SIGKILL, so that no handler and no finalizer runs.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
