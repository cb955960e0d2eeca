using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary><c>Gateway top</c> in a terminal of its own, which script(1) makes, and without one.</summary>
[SideBySide]
public sealed class TopCommandTests(CommandGateway box) : IClassFixture<CommandGateway>
{
    private const string Enter = "\e[?1049h", Leave = "\e[?25h\e[?1049l";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Top_ShowsChanges_AndQGivesTheTerminalBack()
    {
        await using var top = Start(["top", "--contentRoot", box.Gateway.ContentRoot]);
        await top.WaitForLineAsync(line => line.Contains("hello", StringComparison.Ordinal) && line.Contains("Stopped", StringComparison.Ordinal), Patience);
        (await box.RunAsync("wake", "hello")).ThrowIfFailed();
        await top.WaitForLineAsync(line => line.Contains("hello", StringComparison.Ordinal) && line.Contains("1 Running", StringComparison.Ordinal), Patience);

        await top.StandardInput.WriteAsync("q");
        await top.StandardInput.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await top.Exited.WaitAsync(Patience, TimeProvider.System));
        var all = string.Join('\n', top.StandardOutput);
        Assert.Contains(Enter, all, StringComparison.Ordinal);
        Assert.Contains(Leave, all, StringComparison.Ordinal);
        Assert.DoesNotContain("hello", all[all.LastIndexOf(Leave, StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Top_CtrlC_GivesTheTerminalBack()
    {
        await using var top = Start(["top", "--contentRoot", box.Gateway.ContentRoot]);
        await top.WaitForLineAsync(line => line.Contains("broken", StringComparison.Ordinal), Patience);

        // The terminal makes the signal of it.
        await top.StandardInput.WriteAsync("\u0003");
        await top.StandardInput.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await top.Exited.WaitAsync(Patience, TimeProvider.System));
        Assert.Contains(Leave, string.Join('\n', top.StandardOutput), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Top_WithoutATerminal_SaysSo()
    {
        var result = await box.RunAsync("top");

        Assert.Equal((2, "top needs a terminal; ps prints the same once."), (result.ExitCode, result.AllOutput));
    }

    [Fact]
    public async Task Top_WithoutAGateway_LeavesTheTerminalAlone()
    {
        await using var top = Start(["top", "--url", "http://127.0.0.1:9"]);

        Assert.Equal(1, await top.Exited.WaitAsync(Patience, TimeProvider.System));
        var all = string.Join('\n', top.StandardOutput);
        Assert.Contains("no gateway answers at http://127.0.0.1:9, which --url names", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Enter, all, StringComparison.Ordinal);
    }

    private LabProcess Start(string[] arguments) => box.StartInTerminal(arguments);
}
