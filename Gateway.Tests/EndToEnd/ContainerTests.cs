using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Containers as people run them, asked by a client: what they keep, what they are made of, how they end, when they are well.</summary>
[SideBySide]
public sealed class ContainerTests
{
    private const string Diary = "echo one >> /var/diary/log; exec busybox httpd -f -p $PORT -h /var/diary";

    [Fact]
    public async Task Data_OfTheImagesVolume_OutlivesAChangedConfigurationANewImageAndANewGateway()
    {
        await using var box = await ContainerEdge.StartAsync(Diary, change: null, "VOLUME /var/diary");
        Assert.Equal("one", await box.AskAsync("/log"));

        var settings = box.Edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Environment"] = new JsonObject { ["A"] = "b" };
        box.Edge.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => await box.AskAsync("/log") == "one\none", "the changed function's start");

        await box.Edge.SleepAsync();
        await box.ImportAsync(Diary.Replace("echo one", "echo two", StringComparison.Ordinal), "VOLUME /var/diary");
        Assert.Equal("one\none\ntwo", await box.AskAsync("/log"));

        await box.Edge.SleepAsync();
        await box.Edge.RestartAsync(kill: true);
        Assert.Equal("one\none\ntwo\ntwo", await box.AskAsync("/log"));
    }

    [Theory]
    [InLongRuns("exec busybox httpd -f -p $PORT -h /www", "")]
    [InLongRuns("busybox httpd -f -p $PORT -h /www & wait", "VOLUME /data")]
    [InlineData("trap 'trap - TERM; kill -TERM $$' TERM; busybox httpd -f -p $PORT -h /www & while :; do wait; done", "")]
    public async Task Request_DuringTheStopOfAProgramThatDoesNotEnd_WaitsForAboutAStart(string script, string line)
    {
        await using var box = await ContainerEdge.StartAsync("busybox mkdir -p /www; echo here > /www/here; " + script, change: null, line.Length == 0 ? [] : [line]);
        Assert.Equal("here", await box.AskAsync("/here"));

        var sleep = box.Edge.SleepAsync();
        await Eventually.True(async () => Assert.Single(await box.Edge.Gateway.FunctionsAsync()).State is "Draining" or "Stopped", "the stop");
        var begin = Stopwatch.GetTimestamp();
        Assert.Equal("here", await box.AskAsync("/here"));

        Assert.InRange(Stopwatch.GetElapsedTime(begin).TotalSeconds, 0, 6);
        await sleep;
    }

    [Fact]
    public async Task Request_OfAContainerThatIsNotWellYet_WaitsForItsCheckAndNotForTheEngines()
    {
        // Well, and only then fit to be asked, a second after it listens.
        await using var box = await ContainerEdge.StartAsync(
            "busybox mkdir /www; (busybox sleep 1; echo well > /www/well) & exec busybox httpd -f -p $PORT -h /www",
            function =>
            {
                function["HealthCheck"] = new JsonObject { ["Test"] = "test -e /www/well" };
                function["Idle"] = new JsonObject { ["Tier"] = "Paused" };
            });

        Assert.Equal("well", await box.AskAsync("/well"));

        // What is frozen was well: nobody asks it again, and its check may take as long as it likes.
        await box.Edge.SleepAsync();
        var begin = Stopwatch.GetTimestamp();
        Assert.Equal("well", await box.AskAsync("/well"));
        Assert.InRange(Stopwatch.GetElapsedTime(begin).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task Request_OfAContainerThatNeverGetsWell_IsToldTheChecksWords()
    {
        await using var box = await ContainerEdge.StartAsync(
            "exec busybox httpd -f -p $PORT",
            function =>
            {
                function["HealthCheck"] = new JsonObject { ["Test"] = "echo no database; exit 1" };
                function["Ready"] = new JsonObject { ["Timeout"] = "00:00:03" };
            });

        Assert.Equal(503, (await box.Edge.GetAsync("/", Edge.HttpPort)).ThrowIfFailed().HttpCode);

        await box.Edge.Gateway.WaitForLogAsync(
            line => line.Contains("its HealthCheck has not passed within Ready:Timeout (00:00:03): it ended with exit code 1 and said: no database", StringComparison.Ordinal), TimeSpan.FromSeconds(5));
    }
}
