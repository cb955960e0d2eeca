using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary><c>Gateway logs</c> of a container: the engine's own log of it, over rests and starts.</summary>
[SideBySide]
public sealed class EngineOutputTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    private const string Image = "talker:1";

    [Theory]
    [InlineData("Docker")]
    public async Task Logs_OfAContainer_AreTheEngines_AndFollowItOverStarts(string runtime)
    {
        await Engines.ImportAsync(runtime, Image, ["/bin/busybox", "true"]);
        var function = Container(runtime);
        function["Image"] = Image;
        function["StopTimeout"] = "00:00:00";
        function["Command"] = new JsonArray("/bin/sh", "-c", "echo one; printf 'two\\033[2J\\n' >&2; /bin/busybox head -c 10000 /dev/zero | /bin/busybox tr '\\000' x; echo; echo end; exec /bin/busybox httpd -f -p $PORT -h /");
        await StartAsync(("talker", function));
        await ActAsync("wake", "talker");
        await Eventually.True(async () => Texts((await ActAsync("logs", "talker", "--tail", "50")).Output).Contains("stdout end"), "the lines of the first start");

        await using var follow = LabProcess.Start(GatewayProcess.CommandOf(["logs", "talker", "--follow", "--tail", "1000", "--contentRoot", Gateway.ContentRoot], Engines.Space));
        await follow.WaitForLineAsync(line => line.Contains(" stdout one", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        await ActAsync("sleep", "talker");
        await ActAsync("wake", "talker");
        // The two streams are not in order.
        await Eventually.True(() => new[] { " stdout end", " stderr two" }.All(text => follow.StandardOutput.Count(line => line.Contains(text, StringComparison.Ordinal)) == 2), "the lines of the second start");

        var streams = Texts(string.Join('\n', follow.StandardOutput));
        Assert.Equal(2, streams.Count(text => text == "stdout one"));
        Assert.Equal(2, streams.Count(text => text == "stderr two"));
        Assert.Equal(20_000, streams.Where(text => text.StartsWith("stdout x", StringComparison.Ordinal)).Sum(text => text.Count(c => c == 'x')));
        Assert.Equal(["stdout one"], Texts((await ActAsync("logs", "talker", "--tail", "1000")).Output).Distinct().Where(text => text.EndsWith("one", StringComparison.Ordinal)));

        // A tail counts lines of all streams together.
        Assert.Single((await ActAsync("logs", "talker", "--tail", "1")).Output.Split('\n'));
    }

    private async Task<CommandResult> ActAsync(params string[] arguments) =>
        (await Command.ExecuteAsync(GatewayProcess.CommandOf([.. arguments, "--contentRoot", Gateway.ContentRoot], Engines.Space))).ThrowIfFailed();

    // Without time and instance.
    private static string[] Texts(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 3)[2])];
}
