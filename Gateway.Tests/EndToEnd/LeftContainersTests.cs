using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Tests.Runtimes.Docker;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What reloads, ends of the gateway and absences of an engine leave behind: the gateway's own, and nobody else's, is tidied up.</summary>
[SideBySide]
public sealed class LeftContainersTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    [Theory]
    [InlineData("Docker", "bridge")]
    [InLongRuns("Docker", "host")]
    [InLongRuns("Podman", "host")]
    public async Task RemovedAndPutBack_WhileItDrains_TheNewContainerIsUntouched(string runtime, string network)
    {
        await StartAsync(("hello", Container(runtime, network)));
        await GetAsync();
        var inUse = GetAsync("/slow?ms=3000");
        await Eventually.True(async () => (await FunctionAsync()).InFlight == 1);
        await ReloadAsync(("other", await ProcessAsync(Listen + 1)));

        await ReloadAsync(("hello", Container(runtime, network)));
        await GetAsync();
        await Task.WhenAll(inUse, GetAsync("/slow?ms=4000"));

        Assert.Equal("Running", (await FunctionAsync()).State);
        await ContainerAsync(runtime, "running");
        await GetAsync();
    }

    [Theory]
    [InlineData("Docker", "Podman")]
    [InLongRuns("Podman", "Docker")]
    [InLongRuns("Docker", "Process")]
    [InLongRuns("Podman", "Process")]
    public async Task Runtime_Changed_NothingIsLeftOnTheEngineBefore(string before, string after)
    {
        await StartAsync(("hello", Container(before)));
        await GetAsync();

        await ReloadAsync(("hello", await OnAsync(after)));
        await GetAsync();

        await Eventually.True(async () => await Engines.ContainersAsync(before, Name) is []);
        await GetAsync();
    }

    [Fact]
    public async Task Runtime_ChangedThereAndBack_ServesFromItsOwnContainer()
    {
        await StartAsync(("hello", Container("Docker", "bridge")));
        await GetAsync();
        var inUse = GetAsync("/slow?ms=2000");
        await Eventually.True(async () => (await FunctionAsync()).InFlight == 1);

        await ReloadAsync(("hello", await ProcessAsync()));
        await ReloadAsync(("hello", Container("Docker", "bridge")));
        await Task.WhenAll(inUse, GetAsync());

        await GetAsync();
        await ContainerAsync("Docker", "running");
        Assert.Equal("Running", (await FunctionAsync()).State);
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Function_RemovedWhileTheGatewayWasAway_IsSweptAndNobodyElses(string runtime)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        await EndAsync();
        await ContainerAsync(runtime, "running");
        var foreign = (await Engines.RunAsync(runtime, "create", "--label", $"headstart.gateway={Name}", SharedEngines.Image)).Trim();
        var others = (await Engines.RunAsync(runtime, "create", "--label", "headstart.gateway=another", "--label", "headstart.function=hello", "--label", "headstart.spec=1", SharedEngines.Image)).Trim();

        await StartAsync(("other", await ProcessAsync()));

        await Eventually.True(async () => await Engines.ContainersAsync(runtime, Name) is [var only] && only == foreign);
        Assert.Equal([others], await Engines.ContainersAsync(runtime, "another"));
        await Engines.RunAsync(runtime, "rm", others);
    }

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Engine_AwayAtTheStart_IsAdoptedFromAndSweptWhenItIsBack(string runtime)
    {
        await StartAsync(("hello", Container(runtime)), ("gone", Gone(runtime)));
        await GetAsync();
        await EndAsync();
        var running = await ContainerAsync(runtime, "running");
        await using var relay = new SocketRelay(Engines.SocketOf(runtime));
        relay.Close();

        await StartAsync(new Dictionary<string, string> { [runtime] = relay.Endpoint.LocalPath }, ("hello", Container(runtime)));
        Assert.Equal("Stopped", (await FunctionAsync()).State);
        relay.Open();

        await BecomesAsync("Running");
        await Eventually.True(async () => await Engines.ContainersAsync(runtime, Name) is [var only] && only == running);
        await GetAsync();
        Assert.Empty(await Gateway.ColdStartsAsync("hello"));
    }

    /// <summary>The engine may tell of a start late, when the gateway has let go of the container already: it is the next gateway's then.</summary>
    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Started_WhileTheGatewayEnds_IsLeftToTheNextOne(string runtime)
    {
        await StartAsync(("hello", Container(runtime)), ("other", await ProcessAsync(Listen + 1)));
        await GetAsync();
        var slow = GetAsync("/slow?ms=6000", Listen + 1);
        await Eventually.True(async () => (await Gateway.FunctionsAsync()).Single(function => function.Name == "other").InFlight == 1);

        var end = Gateway.StopAsync(TimeSpan.FromSeconds(40));
        await Eventually.True(() => Gateway.Log.Any(line => line.Contains("hello: ", StringComparison.Ordinal) && line.Contains("It is no longer needed.", StringComparison.Ordinal)));
        await Engines.RunAsync(runtime, "restart", "headstart-hello-1");
        await Task.WhenAll(end, slow);

        await ContainerAsync(runtime, "running");
        Assert.DoesNotContain(Gateway.Log, line => line.Contains("is not wanted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Engine_ThatNobodyUsesAndWasAwayAtTheStart_IsSweptAfterTheNextReload(string runtime)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        await EndAsync();
        await using var relay = new SocketRelay(Engines.SocketOf(runtime));
        relay.Close();
        await StartAsync(new Dictionary<string, string> { [runtime] = relay.Endpoint.LocalPath }, ("hello", await ProcessAsync()));
        relay.Open();
        await ContainerAsync(runtime, "running");

        await ReloadAsync(("hello", await ProcessAsync()), ("other", await ProcessAsync(Listen + 1)));

        await Eventually.True(async () => await Engines.ContainersAsync(runtime, Name) is []);
        Assert.DoesNotContain(Gateway.Log, line => line.Contains("no engine answers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Engine_ThatNobodyUsesAndNobodyRuns_IsNoError()
    {
        await StartAsync(
            new Dictionary<string, string> { ["Docker"] = "/nowhere/docker.sock", ["Podman"] = "/nowhere/podman.sock" }, ("hello", await ProcessAsync()));
        await ReloadAsync(("hello", await ProcessAsync()), ("other", await ProcessAsync(Listen + 1)));

        await GetAsync();
        // Event 4201 says for what descriptors are kept.
        Assert.DoesNotContain(Gateway.Log, line => !line.Contains("[4201]", StringComparison.Ordinal) && (line.Contains("Endpoint", StringComparison.Ordinal) || line.Contains("engine", StringComparison.Ordinal)));
    }

    /// <summary>Two containers of a function that may have one, as a power cut leaves them: each engine lists them in an order of its own.</summary>
    [Theory]
    [InLongRuns("Docker", true)]
    [InLongRuns("Docker", false)]
    [InLongRuns("Podman", true)]
    [InlineData("Podman", false)]
    public async Task AtRest_BesideTheOneThatRuns_IsRemoved_WhicheverIsOlder(string runtime, bool isOlderRunning)
    {
        await StartAsync(("hello", Container(runtime)));
        await GetAsync();
        await EndAsync();
        var older = await ContainerAsync(runtime, "running");
        var younger = await TwinAsync(runtime, older);
        if (!isOlderRunning)
        {
            await Engines.RunAsync(runtime, "kill", older);
            await Engines.RunAsync(runtime, "wait", older);
            await Engines.RunAsync(runtime, "start", younger);
        }

        await StartAsync(("hello", Container(runtime)));

        await BecomesAsync("Running");
        await Eventually.True(async () => await Engines.ContainersAsync(runtime, Name) is [var only] && only == (isOlderRunning ? older : younger), "the one that runs is left alone");
        await GetAsync();
        Assert.Empty(await Gateway.ColdStartsAsync("hello"));
    }

    private async Task<string> TwinAsync(string runtime, string container)
    {
        using var labels = JsonDocument.Parse(await Engines.RunAsync(runtime, "inspect", "--format", "{{json .Config.Labels}}", container));
        using var environment = JsonDocument.Parse(await Engines.RunAsync(runtime, "inspect", "--format", "{{json .Config.Env}}", container));
        string[] arguments =
        [
            "create", "--network", "host",
            .. labels.RootElement.EnumerateObject().SelectMany(label => (string[])["--label", $"{label.Name}={label.Value.GetString()}"]),
            .. environment.RootElement.EnumerateArray().SelectMany(variable => (string[])["--env", variable.GetString()!]),
            SharedEngines.Image,
        ];
        return (await Engines.RunAsync(runtime, arguments)).Trim();
    }

    private JsonObject Gone(string runtime)
    {
        var gone = Container(runtime, port: Engines.NextPort());
        gone["Listen"] = new JsonArray($"http://*:{Listen + 2}");
        return gone;
    }

    private async Task<JsonObject> OnAsync(string runtime) => runtime == "Process" ? await ProcessAsync() : Container(runtime);
}
