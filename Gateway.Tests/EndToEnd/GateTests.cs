using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Containers whose program waits behind a gate: what of it can be told from outside, and what becomes of it when something ends.</summary>
[SideBySide]
public sealed class GateTests(SharedEngines engines, ITestOutputHelper output) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    private const string Busybox = "gate:1";
    private const string NoProgram = "noprogram:1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InLongRuns("Docker", false)]
    [InLongRuns("Podman", false)]
    [InlineData("Docker", true)]
    public Task Program_BehindAGate_IsAsWithoutOne(string runtime, bool init) => IsAsWithoutGateAsync(runtime, Busybox, init, readOnly: true);

    // Both engines at once, because the time between the wakes is what the test takes.
    [Fact]
    public async Task Wakes_InARow_EachFindASandboxAndNoneIsLeftOver()
    {
        const int Wakes = 10;
        var podman = Container("Podman", port: Engines.NextPort(), idleAfter: "00:00:00.1", tier: "Initialized");
        podman["Listen"] = new JsonArray($"http://*:{Listen + 1}");
        await StartAsync(("docker", Container("Docker", "bridge", idleAfter: "00:00:00.1", tier: "Initialized")), ("podman", podman));
        await Task.WhenAll(IsAsync("docker", "Initialized"), IsAsync("podman", "Initialized"));

        for (var wake = 0; wake < Wakes; wake++)
        {
            await Task.WhenAll(GetAsync(), GetAsync(port: Listen + 1));
            // A client's next visit. Within it the sandbox has to be built anew.
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }

        await Task.WhenAll(IsAsync("docker", "Initialized"), IsAsync("podman", "Initialized"));
        foreach (var function in (string[])["docker", "podman"])
        {
            output.WriteLine($"{function}: ready after {string.Join(", ", (await Gateway.ColdStartsAsync(function)).Select(start => start.Phases["ready"] / 1000.0))} ms");
            Assert.Equal(Enumerable.Repeat("Initialized", Wakes), (await Gateway.ColdStartsAsync(function)).Select(start => start.Tier));
        }

        await Task.WhenAll(ContainerAsync("Docker", "running"), ContainerAsync("Docker"), ContainerAsync("Podman", "running"), ContainerAsync("Podman"));
    }

    // Long, because WaitingProcessTests meets the same with every wake.
    [LongFact]
    public async Task Address_OtherAfterARest_IsTheOneThatIsServed()
    {
        var network = $"{Name}-net";
        await Engines.RunAsync("Docker", "network", "create", "--subnet", "172.31.77.0/24", network);
        try
        {
            await StartAsync(("hello", Container("Docker", network, idleAfter: "00:00:02", tier: "Initialized")));
            await BecomesAsync("Initialized");
            await GetAsync();
            var container = await ContainerAsync("Docker", "running");
            await Engines.RunAsync("Docker", "network", "disconnect", network, container);
            await Engines.RunAsync("Docker", "network", "connect", "--ip", "172.31.77.99", network, container);
            await BecomesAsync("Initialized");

            await GetAsync();

            Assert.Equal($"172.31.77.99:{Port}", (await FunctionAsync()).Instances[0].GetProperty("endpoint").GetString());
            Assert.Equal(["Initialized", "Initialized"], (await Gateway.ColdStartsAsync("hello")).Select(start => start.Tier));
        }
        finally
        {
            await EndAsync();
            await Engines.RunAsync("Docker", ["rm", "--force", .. await Engines.ContainersAsync("Docker", Name)]);
            await Engines.RunAsync("Docker", "network", "rm", network);
        }
    }

    [Fact]
    public async Task Ahead_One_OfTwoInstancesOneWaitsAndTheOtherIsStopped()
    {
        var function = Container("Docker", "bridge", idleAfter: "00:00:00.5", tier: "Initialized");
        function["Idle"]!["Ahead"] = 1;
        function["Scale"] = new JsonObject { ["Max"] = 2, ["Concurrency"] = 1, ["Window"] = "00:00:01" };
        await StartAsync(("hello", function));

        await Task.WhenAll(GetAsync("/slow?ms=2000"), GetAsync("/slow?ms=2000"));

        await Gateway.WaitForLogAsync(line => line.Contains("Idle:Ahead is 1, and as many of its instances wait already", StringComparison.Ordinal), Patience);
        await Eventually.True(async () => await FunctionAsync() is { State: "Initialized", Instances.Count: 1 }, "one instance waits");
        await ContainerAsync("Docker", "running");
        await GetAsync();
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Gate_Killed_AnotherWaitsInItsPlace(string runtime)
    {
        await StartAsync(("hello", Container(runtime, tier: "Initialized")));
        await BecomesAsync("Initialized");
        var before = (await FunctionAsync()).Instances[0].GetProperty("id").GetString();

        await Engines.RunAsync(runtime, "kill", await ContainerAsync(runtime, "running"));

        await Eventually.True(async () => await FunctionAsync() is { State: "Initialized", Instances: [var now] } && now.GetProperty("id").GetString() != before, "another one waits");
        await GetAsync();
        Assert.Equal("Initialized", Assert.Single(await Gateway.ColdStartsAsync("hello")).Tier);
    }

    [Theory]
    [InlineData("Docker", true)]
    [InLongRuns("Docker", false)]
    [InLongRuns("Podman", true)]
    [InLongRuns("Podman", false)]
    public async Task Gateway_EndedWhileAGateWaitsAndAfter_TheNextKnowsWhichItIs(string runtime, bool kill)
    {
        await StartAsync(("hello", Container(runtime, tier: "Initialized")));
        await BecomesAsync("Initialized");
        var container = await ContainerAsync(runtime, "running");
        await EndAsync(kill);

        await StartAsync(("hello", Container(runtime, tier: "Initialized")));
        await BecomesAsync("Initialized");
        Assert.Equal(container, await ContainerAsync(runtime));
        await GetAsync();
        Assert.Equal("Initialized", Assert.Single(await Gateway.ColdStartsAsync("hello")).Tier);
        await EndAsync(kill);

        await StartAsync(("hello", Container(runtime, tier: "Initialized")));
        await BecomesAsync("Running");
        await GetAsync();
        Assert.Equal(container, await ContainerAsync(runtime));
    }

    [Theory]
    [InLongRuns("Docker")]
    [InlineData("Podman")]
    public async Task Container_StartedByHand_RunsItsProgram(string runtime)
    {
        await StartAsync(("hello", Container(runtime, tier: "Initialized")));
        await BecomesAsync("Initialized");
        using (var answer = await Gateway.Admin.PostAsync(new Uri("/api/functions/hello/sleep?tier=Stopped", UriKind.Relative), content: null))
        {
            answer.EnsureSuccessStatusCode();
        }

        await BecomesAsync("Stopped");

        await Engines.RunAsync(runtime, "start", await ContainerAsync(runtime));

        await BecomesAsync("Running");
        await GetAsync();
    }

    // Each of these directories is another one for the engine, which has a file system of its own there.
    [Theory]
    [InlineData("Docker", "/run/containerd")]
    [InLongRuns("Podman", "/dev/shm")]
    public async Task Directory_ThatTheEngineDoesNotSee_IsToldAndTheFunctionGoesOnWithout(string runtime, string elsewhere)
    {
        var directory = Path.Combine(elsewhere, $"headstart-{Name}");
        try
        {
            await StartAsync(section => section[runtime]!["Gate"] = directory, sockets: null, ("hello", Container(runtime, idleAfter: "00:00:00.1", tier: "Initialized")));
            await Gateway.WaitForLogAsync(line => line.Contains("Function hello has no tier Initialized, and goes on without: the engine takes no container with a gate (", StringComparison.Ordinal), Patience);
            await GetAsync();
            await BecomesAsync("Stopped");

            using var answer = JsonDocument.Parse(await Gateway.Admin.GetStringAsync(new Uri("/api/functions/hello", UriKind.Relative)));
            var reason = answer.RootElement.GetProperty("rest").GetProperty("reason").GetString();
            Assert.StartsWith("Idle:Tier is Initialized, which it does not have: the engine takes no container with a gate (", reason, StringComparison.Ordinal);
            await GetAsync();
            Assert.All(await Gateway.ColdStartsAsync("hello"), start => Assert.Equal("Stopped", start.Tier));
        }
        finally
        {
            await EndAsync();
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    [Fact]
    public async Task Image_WithoutAProgram_HasNoTierInitializedAndSaysWhy()
    {
        await Engines.ImportAsync("Docker", NoProgram, []);
        var function = Container("Docker", tier: "Initialized");
        function["Image"] = NoProgram;

        await StartAsync(("hello", function));

        await Gateway.WaitForLogAsync(
            line => line.Contains($"the image '{NoProgram}' has neither an entry point nor a command to execute behind a gate, and the function has no Command", StringComparison.Ordinal), Patience);
        Assert.Equal("Stopped", (await FunctionAsync()).State);
    }
}
