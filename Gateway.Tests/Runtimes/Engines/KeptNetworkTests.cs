using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>
/// Networks that are kept over a function's runs, on real engines: as the engine's own command shows them, and as requests meet them. The rows for long runs differ from the others in the
/// engine, or in what somebody does to a container that is seldom done.
/// </summary>
[SideBySide]
public sealed class KeptNetworkTests(SharedEngines engines) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Address_OverStopsAndWakes_StaysTheSame(string runtime)
    {
        await StartAsync(("hello", Kept(runtime)));
        var network = Assert.Single(await NetworksAsync(runtime));
        var address = await AddressAsync(runtime, network);

        for (var wake = 0; wake < 3; wake++)
        {
            await GetAsync();
            // The program is reached there and not only through the gateway.
            Assert.Equal(200, (await Curl.GetAsync(new CurlOptions { Namespace = Engines.Space, Url = $"http://{address}:8080/" })).ThrowIfFailed().HttpCode);
            Assert.Equal([network], await NetworksAsync(runtime));
            await SleepAsync();
            Assert.Equal(address, await AddressAsync(runtime, network));
        }

        Assert.All(await Gateway.ColdStartsAsync("hello"), start => Assert.Equal(("Stopped", "Served"), (start.Tier, start.Outcome)));

        await ReloadAsync(("other", await ProcessAsync(Listen + 1)));
        await Eventually.True(async () => await Engines.ContainersAsync(runtime, Name) is [], "nothing is left of a function that is gone");
    }

    // Podman removes no container whose network another one has joined.
    [Theory]
    [InlineData("Docker", "kill")]
    [InLongRuns("Docker", "rm --force")]
    [InLongRuns("Podman", "kill")]
    public async Task Keeper_EndedWhileTheFunctionRests_TheNextRequestIsServed(string runtime, string how)
    {
        await StartAsync(("hello", Kept(runtime)));
        await GetAsync();
        await SleepAsync();

        for (var time = 0; time < 2; time++)
        {
            // The second time soon after the first, when nobody makes it again ahead.
            await Engines.RunAsync(runtime, [.. how.Split(' '), Assert.Single(await NetworksAsync(runtime))]);
            await GetAsync();
            await SleepAsync();
        }

        Assert.All(await Gateway.ColdStartsAsync("hello"), start => Assert.Equal("Served", start.Outcome));
        await OneOfEachAsync(runtime);
    }

    [Theory]
    [InLongRuns("Docker", "kill")]
    [InLongRuns("Docker", "restart")]
    [InLongRuns("Podman", "kill")]
    public async Task Keeper_EndedWhileTheFunctionRuns_TheNextRequestIsServedByANewRun(string runtime, string how)
    {
        await StartAsync(("hello", Kept(runtime)));
        await GetAsync();
        var before = (await FunctionAsync()).Instances[0].GetProperty("id").GetString();

        await Engines.RunAsync(runtime, how, Assert.Single(await NetworksAsync(runtime)));

        await Eventually.True(async () => (await FunctionAsync()).Instances.All(one => one.GetProperty("id").GetString() != before), "the run on the lost network is over");
        await GetAsync();
        await OneOfEachAsync(runtime);
    }

    [Theory]
    [InlineData("Docker", "Stopped")]
    [InLongRuns("Docker", "Running")]
    [InLongRuns("Docker", "Paused")]
    [InLongRuns("Podman", "Stopped")]
    [InLongRuns("Podman", "Running")]
    public async Task Gateway_Killed_TheNextKeepsTheSameNetwork(string runtime, string state)
    {
        await StartAsync(("hello", Kept(runtime)));
        await GetAsync();
        await SleepAsync(state);
        var network = Assert.Single(await NetworksAsync(runtime));
        var address = await AddressAsync(runtime, network);
        await EndAsync(kill: true);

        await StartAsync(("hello", Kept(runtime)));
        await BecomesAsync(state);
        await GetAsync();
        await SleepAsync();
        await GetAsync();

        Assert.Equal([network], await NetworksAsync(runtime));
        Assert.Equal(address, await AddressAsync(runtime, network));
        await OneOfEachAsync(runtime);
    }

    [Theory]
    [InLongRuns("Docker", "Stopped")]
    [InLongRuns("Docker", "Running")]
    [InLongRuns("Docker", "Paused")]
    [InLongRuns("Podman", "Running")]
    public async Task Keeper_EndedWhileNoGatewayIsThere_TheNextServes(string runtime, string state)
    {
        await StartAsync(("hello", Kept(runtime)));
        await GetAsync();
        await SleepAsync(state);
        await EndAsync();
        await Engines.RunAsync(runtime, "kill", Assert.Single(await NetworksAsync(runtime)));

        await StartAsync(("hello", Kept(runtime)));
        await GetAsync();

        await OneOfEachAsync(runtime);
    }

    // What a killed gateway leaves of a function that the next one does not have.
    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Gateway_KilledAndTheNextWithoutTheFunction_NothingIsLeft(string runtime)
    {
        await StartAsync(("hello", Kept(runtime)));
        await GetAsync();
        await EndAsync(kill: true);

        await StartAsync(("other", Kept(runtime, port: Listen + 1)));

        await Eventually.True(async () => await Engines.ContainersAsync(runtime, Name) is { Length: 2 }, "the other function's container and network");
        await GetAsync(port: Listen + 1);
    }

    [LongFact]
    public async Task Bound_Reached_OthersGoOnWithoutAndOneLineSaysSo()
    {
        await StartAsync(
            section => section["Docker"]!["KeptNetworks"] = 1, sockets: null, ("a", Kept("Docker")), ("b", Kept("Docker", port: Listen + 1)), ("c", Kept("Docker", port: Listen + 2)));

        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 3; i++)
            {
                await GetAsync(port: Listen + i);
                await SleepAsync(function: ((string[])["a", "b", "c"])[i]);
            }
        }

        Assert.Single(await NetworksAsync("Docker"));
        await Gateway.WaitForLogAsync(line => line.Contains("1 networks are kept, ", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Single(Gateway.Log, line => line.Contains("1 networks are kept, which is Gateway:Docker:KeptNetworks; function ", StringComparison.Ordinal));
    }

    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Instances_Two_HaveANetworkEach(string runtime)
    {
        var function = Kept(runtime);
        function["Scale"] = new JsonObject { ["Max"] = 2, ["Concurrency"] = 1 };
        await StartAsync(("hello", function));

        await Task.WhenAll(GetAsync("/slow?ms=2000"), GetAsync("/slow?ms=2000"));

        var networks = await NetworksAsync(runtime);
        Assert.Equal(2, networks.Length);
        Assert.NotEqual(await AddressAsync(runtime, networks[0]), await AddressAsync(runtime, networks[1]));
        Assert.Equal(4, (await Engines.ContainersAsync(runtime, Name)).Length);
    }

    [LongFact]
    public async Task Keep_ChangedByReloads_TheContainersFollow()
    {
        await StartAsync(("hello", Container("Docker", "bridge", 8080)));
        await GetAsync();
        Assert.Empty(await NetworksAsync("Docker"));

        await ReloadAsync(("hello", Kept("Docker")));
        await GetAsync();
        await OneOfEachAsync("Docker");

        await ReloadAsync(("hello", Container("Docker", "bridge", 8080)));
        await GetAsync();
        await Eventually.True(async () => await Engines.ContainersAsync("Docker", Name) is { Length: 1 }, "the network is removed with what used it");
    }

    // An engine that is told to make a container for which it does not see the program, and a gateway that may not put the program anywhere.
    [Theory]
    [InLongRuns("/run/containerd", "it is not kept, because the engine does not start the container that would keep it (")]
    [InLongRuns("", "it is not kept, because Gateway:Docker:Gate is empty, where the program would be that keeps it")]
    public async Task Network_ThatCannotBeKept_IsToldAndTheFunctionGoesOnWithout(string place, string expected)
    {
        var directory = place.Length == 0 ? "" : Path.Combine(place, $"headstart-{Name}");
        try
        {
            await StartAsync(section => section["Docker"]!["Gate"] = directory, sockets: null, ("hello", Kept("Docker")));
            await Gateway.WaitForLogAsync(line => line.Contains($"Function hello and its kept network: {expected}", StringComparison.Ordinal), Patience);
            await GetAsync();
            await SleepAsync();
            await GetAsync();
            Assert.Empty(await NetworksAsync("Docker"));
        }
        finally
        {
            await EndAsync();
            if (directory.Length > 0 && Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Gate_OnAKeptNetwork_BothWork(string runtime)
    {
        var function = Kept(runtime);
        function["Idle"]!["Tier"] = "Initialized";
        await StartAsync(("hello", function));
        await BecomesAsync("Initialized");
        await GetAsync();
        await BecomesAsync("Running");
        await SleepAsync("Initialized");
        await GetAsync();

        Assert.All(await Gateway.ColdStartsAsync("hello"), start => Assert.Equal(("Initialized", "Served"), (start.Tier, start.Outcome)));
        await OneOfEachAsync(runtime);
    }

    private JsonObject Kept(string runtime, int port = Listen)
    {
        var function = Container(runtime, port: 8080);
        function["Network"] = new JsonObject { ["Name"] = runtime == "Podman" ? "podman" : "bridge", ["Keep"] = true };
        function["Listen"] = new JsonArray($"http://*:{port}");
        return function;
    }

    /// <summary>Lists the containers that keep a network for this gateway.</summary>
    private Task<string[]> NetworksAsync(string runtime) => Engines.LabelledAsync(runtime, Name, "headstart.keeps");

    private async Task<string> AddressAsync(string runtime, string network)
    {
        var address = (await Engines.RunAsync(runtime, "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", network)).Trim();
        return address.Length > 0 ? address : throw new InvalidOperationException("it has no address");
    }

    /// <summary>Waits until there is one container of the function, on the one network that is kept.</summary>
    private Task OneOfEachAsync(string runtime) => Eventually.True(
        async () => await Engines.ContainersAsync(runtime, Name) is { Length: 2 } && await NetworksAsync(runtime) is { Length: 1 }, "one container and one network");

    private async Task SleepAsync(string state = "Stopped", string function = "hello")
    {
        if (state == "Running")
        {
            return;
        }

        using var answer = await Gateway.Admin.PostAsync(new Uri($"/api/functions/{function}/sleep?tier={state}", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
        await Eventually.True(async () => (await Gateway.FunctionsAsync()).Single(one => one.Name == function).State == state, state);
    }
}
