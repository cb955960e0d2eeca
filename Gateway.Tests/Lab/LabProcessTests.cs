using Gateway.Lab;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Lab;

public sealed class LabProcessTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task WaitForLineAsync_LineNowAndLater_ReturnsEach()
    {
        await using var process = Shell("echo first; read line; echo \"got $line\" >&2; sleep 1000");

        Assert.Equal("first", await process.WaitForLineAsync(line => line == "first", s_patience));
        await process.StandardInput.WriteLineAsync("this");
        await process.StandardInput.FlushAsync();
        Assert.Equal("got this", await process.WaitForLineAsync(line => line.StartsWith("got", StringComparison.Ordinal), s_patience));
        Assert.Equal("first", await process.WaitForLineAsync(line => line == "first", s_patience));
        Assert.Equal(["first"], process.StandardOutput);
    }

    [Fact]
    public async Task WaitForLineAsync_ProcessEnds_ThrowsWithCodeAndLastLines()
    {
        await using var process = Shell("echo cannot do it >&2; exit 4");

        var failure = await Assert.ThrowsAsync<LabException>(() => process.WaitForLineAsync(_ => false, s_patience));

        Assert.Contains("ended with 4", failure.Message, StringComparison.Ordinal);
        Assert.Contains("cannot do it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitForLineAsync_NoSuchLine_ThrowsAfterTheTimeout()
    {
        await using var process = Shell("sleep 1000");

        await Assert.ThrowsAsync<LabException>(() => process.WaitForLineAsync(_ => false, TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task Terminate_Handler_ExitCodeIsTheProgramsOwn()
    {
        await using var process = Shell("trap 'exit 7' TERM; echo ready; while :; do read line; done");
        await process.WaitForLineAsync(line => line == "ready", s_patience);

        process.Terminate();

        Assert.Equal(7, await process.Exited.WaitAsync(s_patience));
    }

    [Fact]
    public async Task Kill_Running_ExitCodeTellsTheSignal()
    {
        await using var process = LabProcess.Start(new LabProcessOptions { FileName = "sleep", Arguments = ["1000"] });

        process.Kill();

        Assert.Equal(128 + 9, await process.Exited.WaitAsync(s_patience));
        process.Kill();
        process.Terminate();
    }

    [Fact]
    public async Task Start_EnvironmentAndDirectory_ChildSeesThem()
    {
        using var directory = LabDirectory.Create("test");
        var result = await Command.ExecuteAsync(new LabProcessOptions
        {
            FileName = "sh",
            Arguments = ["-c", "echo $COLOUR; pwd; echo ${HOME-none}"],
            WorkingDirectory = directory.Path,
            Environment = new Dictionary<string, string?> { ["COLOUR"] = "green", ["HOME"] = null },
        });

        Assert.Equal(["green", directory.Path, "none"], result.Output.Split('\n'));
    }

    [Fact]
    public async Task ExecuteAsync_NoSuchProgram_FailsWith127AndItsName()
    {
        var result = await Command.ExecuteAsync(new LabProcessOptions { FileName = "/nothing/here" });

        Assert.Equal(127, result.ExitCode);
        Assert.Contains("/nothing/here", Assert.Throws<LabException>(result.ThrowIfFailed).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FromAThreadThatEnds_ChildLives()
    {
        LabProcess? process = null;
        var thread = new Thread(() => process = Shell("read line; echo alive"));
        thread.Start();
        thread.Join();

        await using (process)
        {
            await process!.StandardInput.WriteLineAsync();
            await process.StandardInput.FlushAsync();
            Assert.Equal("alive", await process.WaitForLineAsync(_ => true, s_patience));
        }
    }

    private static LabProcess Shell(string script) =>
        LabProcess.Start(new LabProcessOptions { FileName = "sh", Arguments = ["-c", script] });
}
