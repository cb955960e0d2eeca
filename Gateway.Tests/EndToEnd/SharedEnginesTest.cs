using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Xunit;
using Xunit.Sdk;

namespace Gateway.Tests.EndToEnd;

/// <summary>The base of tests that each run a gateway of their own on the shared engines.</summary>
public abstract class SharedEnginesTest(SharedEngines engines) : IAsyncDisposable
{
    protected const int Listen = 8401;

    private readonly List<GatewayProcess> _before = [];

    private GatewayProcess? _gateway;
    private IReadOnlyDictionary<string, string>? _sockets;
    private int _reloads;

    protected SharedEngines Engines => engines;

    /// <summary>The gateway's name, which no other test has.</summary>
    protected string Name { get; } = engines.NextName();

    /// <summary>A port in the engines' network namespace that no other test uses.</summary>
    protected int Port { get; } = engines.NextPort();

    protected GatewayProcess Gateway => _gateway!;

    public async ValueTask DisposeAsync()
    {
        if (_gateway is { Exited.IsCompleted: false })
        {
            // A gateway that is asked to end leaves containers in the state that the engine knows. After a kill the engine may take a running one for paused.
            await EndAsync();
        }

        await (_gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var before in _before)
        {
            await before.DisposeAsync();
        }

        foreach (var runtime in (string[])["Docker", "Podman"])
        {
            // Those of functions come first: Podman removes no container whose network another one has joined.
            foreach (var label in (string[])["headstart.spec", "headstart.gateway"])
            {
                if (await engines.LabelledAsync(runtime, Name, label) is { Length: > 0 } left)
                {
                    await engines.RunAsync(runtime, ["rm", "--force", .. left]);
                }
            }
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the settings of a function that is a container.</summary>
    protected JsonObject Container(string runtime, string network = "host", int? port = null, string idleAfter = "00:05:00", string tier = "Stopped") => new()
    {
        ["Runtime"] = runtime,
        ["Image"] = SharedEngines.Image,
        ["Network"] = network,
        ["Port"] = port ?? Port,
        ["Listen"] = new JsonArray($"http://*:{Listen}"),
        ["Idle"] = new JsonObject { ["After"] = idleAfter, ["Tier"] = tier },
    };

    /// <summary>Returns the settings of a function that is a process.</summary>
    protected static async Task<JsonObject> ProcessAsync(int listen = Listen) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray(await HelloSample.BuildAsync()),
        ["Listen"] = new JsonArray($"http://*:{listen}"),
    };

    protected async Task StartAsync(params (string Name, JsonObject Function)[] functions) => await StartAsync((IReadOnlyDictionary<string, string>?)null, functions);

    protected Task StartAsync(IReadOnlyDictionary<string, string>? sockets, params (string Name, JsonObject Function)[] functions) =>
        StartAsync(static _ => { }, sockets, functions);

    /// <param name="change">Changes the <c>Gateway</c> section.</param>
    protected async Task StartAsync(Action<JsonObject> change, IReadOnlyDictionary<string, string>? sockets, params (string Name, JsonObject Function)[] functions)
    {
        (_reloads, _sockets) = (0, sockets);
        var settings = Settings(functions);
        change((JsonObject)settings["Gateway"]!);
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = engines.Space, Settings = settings });
    }

    /// <summary>Gives the gateway other functions, and waits until they are in use.</summary>
    protected async Task ReloadAsync(params (string Name, JsonObject Function)[] functions)
    {
        var reload = ++_reloads;
        Gateway.UpdateSettings(Settings(functions));
        await Eventually.True(() => Gateway.Log.Count(line => line.Contains("Every part follows the new configuration", StringComparison.Ordinal)) >= reload);
    }

    /// <summary>Ends the gateway, but not its containers.</summary>
    protected async Task EndAsync(bool kill = false)
    {
        await (kill ? Gateway.KillAsync() : Gateway.StopAsync(TimeSpan.FromSeconds(40)));
        await Gateway.DisposeAsync();
        _gateway = null;
    }

    /// <summary>Has another gateway of the same configuration take over, and waits for the end of the one before.</summary>
    protected async Task TakeOverAsync(params (string Name, JsonObject Function)[] functions)
    {
        var before = Gateway;
        // They find each other by their folder, which is that of the first.
        _before.Add(before);
        _gateway = await GatewayProcess.StartAsync(
            new() { Namespace = engines.Space, Settings = Settings(functions), ContentRoot = before.ContentRoot, Arguments = ["--Gateway:Restart:TakeOver=true"] });
        await before.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        _reloads = 0;
    }

    protected async Task GetAsync(string path = "/", int port = Listen)
    {
        var result = await Curl.GetAsync(new CurlOptions { Namespace = engines.Space, Url = $"http://127.0.0.1:{port}{path}" });
        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
    }

    /// <summary>Waits until the gateway has exactly one container in one of the states, or in any if there are none.</summary>
    /// <returns>A task that returns the container's id.</returns>
    protected async Task<string> ContainerAsync(string runtime, params string[] states)
    {
        string[] found = [];
        try
        {
            await Eventually.True(async () => (found = await engines.ContainersAsync(runtime, Name, states)).Length == 1, $"one container, {string.Join(" or ", states)}");
        }
        catch (TrueException failure)
        {
            Assert.Fail($"{failure.Message}. There are: {await engines.RunAsync(runtime, "ps", "--all", "--filter", $"label=headstart.gateway={Name}")}");
        }

        return found[0];
    }

    protected async Task<FunctionStatus> FunctionAsync() => Assert.Single(await Gateway.FunctionsAsync());

    /// <summary>Waits until the API shows the state, and the metrics show a running instance if it is Running, or none.</summary>
    protected Task BecomesAsync(string state) => Eventually.True(
        async () => (await FunctionAsync()).State == state
            && (await Gateway.MetricsAsync()).Sum("gateway_instances", ("state", "Running")) == (state == "Running" ? 1 : 0),
        state);

    /// <summary>Sends a GET, which has to succeed.</summary>
    /// <returns>A task that returns the answer's body.</returns>
    protected async Task<string> AskAsync(int port, string path) => (await engines.Space.ExecuteAsync(
        "curl", "--silent", "--show-error", "--fail", "--max-time", "40", $"http://127.0.0.1:{port}{path}")).ThrowIfFailed().Output;

    /// <summary>Waits until one of several functions is in a state.</summary>
    protected Task IsAsync(string function, string state) => Eventually.True(
        async () => (await Gateway.FunctionsAsync()).Single(one => one.Name == function).State == state, $"{function} is {state}");

    /// <summary>Stops a function, and returns its program's exit code.</summary>
    protected async Task<string> EndOfAsync(string runtime, string function)
    {
        using var answer = await Gateway.Admin.PostAsync(new Uri($"/api/functions/{function}/sleep?tier=Stopped", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
        return (await engines.RunAsync(runtime, "inspect", "--format", "{{.State.ExitCode}}", $"headstart-{function}-1")).Trim();
    }

    /// <summary>Compares what a program tells of how it was started behind a gate and without one, and how it ends.</summary>
    /// <param name="image">The name of an image of busybox and a shell, which is made.</param>
    protected async Task IsAsWithoutGateAsync(string runtime, string image, bool init, bool readOnly)
    {
        await engines.ImportAsync(runtime, image, ["/bin/busybox", "true"]);
        await StartAsync(
            ("gated", ToldProgram.Of(runtime, image, Port, Listen, "Initialized", init, readOnly)),
            ("plain", ToldProgram.Of(runtime, image, engines.NextPort(), Listen + 1, "Stopped", init, readOnly)));
        await IsAsync("gated", "Initialized");

        var gated = await AskAsync(Listen, "/facts");
        var plain = await AskAsync(Listen + 1, "/facts");

        Assert.Contains("argument [two words]", plain, StringComparison.Ordinal);
        Assert.Equal(plain, gated);
        Assert.Equal("Initialized", Assert.Single(await Gateway.ColdStartsAsync("gated")).Tier);
        string[] ends = [await EndOfAsync(runtime, "gated"), await EndOfAsync(runtime, "plain")];
        Assert.Equal(["7", "7"], ends);
    }

    private JsonObject Settings((string Name, JsonObject Function)[] functions) => new()
    {
        ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Gateway"] = "Debug" } },
        ["Gateway"] = engines.Section(Name, new JsonObject(functions.Select(pair => KeyValuePair.Create(pair.Name, (JsonNode?)pair.Function))), _sockets),
    };
}
