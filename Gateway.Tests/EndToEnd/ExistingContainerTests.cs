using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A function whose container is the user's own: it is started, paused and stopped, and never made, removed or changed.</summary>
[SideBySide]
public sealed class ExistingContainerTests(SharedEngines engines) : UsersContainersTest(engines), IClassFixture<SharedEngines>
{
    private const string Settings = "{{json .Config}} {{json .HostConfig}} {{.Id}} {{.Name}}";

    [Theory]
    [InLongRuns("Docker", "Stopped")]
    [InLongRuns("Docker", "Paused")]
    [InLongRuns("Podman", "Stopped")]
    [InlineData("Podman", "Paused")]
    public async Task Container_OfTheUsers_WakesRestsAndStaysWhatItIs(string runtime, string tier)
    {
        await MakeAsync(runtime, Box, Port, "--label", "mine=1");
        await StartAsync(("hello", Users(runtime, tier)));

        await GetAsync();
        // Podman writes the host's name into the environment at the first start.
        var before = await InspectAsync(runtime, Box, Settings);
        Assert.Equal("running", await StateAsync(runtime, Box));
        await BecomesAsync(tier);
        Assert.Equal(tier == "Paused" ? "paused" : "exited", await StateAsync(runtime, Box));
        await GetAsync();
        Assert.Equal(2, (await Gateway.ColdStartsAsync("hello")).Count(start => start.Outcome == "Served"));

        // At the end it stays as it is, and the next gateway finds it so.
        await EndAsync();
        Assert.Equal("running", await StateAsync(runtime, Box));
        var started = await InspectAsync(runtime, Box, "{{.State.StartedAt}}");
        await StartAsync(("hello", Users(runtime, tier, "00:05:00")));
        await BecomesAsync("Running");
        await GetAsync();
        Assert.Empty(await Gateway.ColdStartsAsync("hello"));
        Assert.Equal(started, await InspectAsync(runtime, Box, "{{.State.StartedAt}}"));

        // Taken out of the configuration it is left alone.
        await ReloadAsync(("other", await ProcessAsync(Listen + 1)));
        await Eventually.True(async () => (await FindAsync("hello")) is null);
        Assert.Equal("running", await StateAsync(runtime, Box));
        Assert.Equal(before, await InspectAsync(runtime, Box, Settings));
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Container_ThatComesLaterAndIsMadeAnew_IsTheSameFunction(string runtime)
    {
        await StartAsync(("hello", Users(runtime, "Stopped", "00:05:00")));
        var missing = await Curl.GetAsync(new CurlOptions { Namespace = Engines.Space, Url = $"http://127.0.0.1:{Listen}/" });
        Assert.Equal(503, missing.ThrowIfFailed().HttpCode);
        var failure = (await FindAsync("hello"))!["failure"]!.GetValue<string>();
        Assert.Contains($"Gateway:Functions:hello:Container: there is no container '{Box}' on the engine", failure, StringComparison.Ordinal);

        var first = await MakeAsync(runtime, Box, Port);
        await Eventually.True(async () => (await FindAsync("hello"))!["state"]!.GetValue<string>() != "Failed", "the gateway is told that it is there");
        await GetAsync();
        Assert.Equal("running", await StateAsync(runtime, first));
        var failed = await FailedAsync();

        // As docker compose does it, with a request that comes in between.
        await Engines.RunAsync(runtime, "stop", "--time", "5", first);
        await Engines.RunAsync(runtime, "rename", first, $"old-{Box}");
        var held = GetAsync();
        await Engines.RunAsync(runtime, "rm", first);
        var second = await MakeAsync(runtime, Box, Port);
        await held.WaitAsync(Soon);
        Assert.Equal("running", await StateAsync(runtime, second));

        // And as a person may do it.
        await Engines.RunAsync(runtime, "rm", "--force", second);
        var third = await MakeAsync(runtime, Box, Port);
        await GetAsync().WaitAsync(Soon);
        Assert.Equal("running", await StateAsync(runtime, third));
        Assert.Equal(failed, await FailedAsync());
    }

    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Container_ThatSomebodyStartsPausesAndStops_IsFollowed(string runtime)
    {
        var box = await MakeAsync(runtime, Box, Port);
        await StartAsync(("hello", Users(runtime, "Stopped", "00:05:00")));

        await Engines.RunAsync(runtime, "start", box);
        await BecomesAsync("Running").WaitAsync(Soon);
        await GetAsync();
        Assert.Empty(await Gateway.ColdStartsAsync("hello"));

        await Engines.RunAsync(runtime, "pause", box);
        await BecomesAsync("Paused").WaitAsync(Soon);
        await GetAsync();
        Assert.Equal("Paused", Assert.Single(await Gateway.ColdStartsAsync("hello")).Tier);
        // The gateway was ahead of the engine.
        await Eventually.True(async () => await StateAsync(runtime, box) == "running");

        // Podman 4 does not tell that somebody stops a container, so that one that runs for a moment only would count as failed.
        await Engines.RunAsync(runtime, runtime == "Podman" ? ["kill", box] : ["stop", "--time", "5", box]);
        await BecomesAsync("Stopped").WaitAsync(Soon);
        await GetAsync().WaitAsync(Soon);
        Assert.Equal("running", await StateAsync(runtime, box));
    }

    [Fact]
    public async Task Container_OnABridgeWithAnOddRestartPolicy_IsReachedByItsAddressOfTheRunAndThePolicyIsTold()
    {
        await Engines.RunAsync("Docker", "create", "--name", Box, "--expose", "8080", "--env", "PORT=8080", "--restart", "always", "--label", $"headstart.gateway={Name}", SharedEngines.Image);
        var users = Users("Docker", "Stopped");
        users.Remove("Port");
        await StartAsync(("hello", users));

        await GetAsync();
        await IsAtItsAddressAsync();
        Assert.StartsWith("its restart policy is 'always'", (await FindAsync("hello"))!["notice"]!.GetValue<string>(), StringComparison.Ordinal);
        await Gateway.WaitForLogAsync(line => line.Contains("its restart policy is 'always'", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Single(Gateway.Log, line => line.Contains("its restart policy is 'always'", StringComparison.Ordinal));

        // Another container may take the address meanwhile.
        await BecomesAsync("Stopped");
        await Engines.RunAsync("Docker", "run", "--detach", "--env", "PORT=8080", "--label", $"headstart.gateway={Name}", SharedEngines.Image);
        await GetAsync();
        await IsAtItsAddressAsync();
    }

    private async Task IsAtItsAddressAsync()
    {
        var address = await InspectAsync("Docker", Box, "{{.NetworkSettings.IPAddress}}");
        Assert.Equal($"{address}:8080", (await FindAsync("hello"))!["instances"]![0]!["endpoint"]!.GetValue<string>());
    }

    private async Task<int> FailedAsync() => (await Gateway.ColdStartsAsync("hello")).Count(start => start.Outcome == "Failed");

    private JsonObject Users(string runtime, string tier, string idleAfter = "00:00:01") => new()
    {
        ["Runtime"] = runtime,
        ["Container"] = Box,
        ["Port"] = Port,
        ["Listen"] = new JsonArray($"http://*:{Listen}"),
        ["Idle"] = new JsonObject { ["After"] = idleAfter, ["Tier"] = tier },
    };
}
