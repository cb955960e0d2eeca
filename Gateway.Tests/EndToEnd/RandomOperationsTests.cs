using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Does at random what users, operators and accidents do to functions on an engine, the ends of the engine and of the gateway included. Whenever it is quiet, the gateway knows each container
/// that is awake, once, and when the functions are gone none is left.
/// </summary>
[SideBySide]
public sealed class RandomOperationsTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const string GatewayName = "random";
    private const int FirstListen = 8501;

    private static readonly int Operations = LongRun.IsOn ? 1000 : 25;
    private static readonly string[] Always = ["door", "stop", "pause"];

    private readonly LabDirectory _directory = LabDirectory.Create("random");
    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private readonly Dictionary<string, int> _done = [];
    private readonly Queue<string> _last = new();
    private DockerEngine? _docker;
    private PodmanEngine? _podman;
    private GatewayProcess? _gateway;
    private bool _hasExtra;
    private int _ahead = 1;
    private int _version;

    [Theory]
    [InlineData("Docker", 1)]
    [InLongRuns("Podman", 2)]
    public async Task Operations_AtRandom_EachContainerIsCountedOnceAndNoneIsLeft(string runtime, int seed)
    {
        await StartEngineAsync(runtime);
        _gateway = await StartGatewayAsync(runtime);
        var random = new Random(seed);
        for (var operation = 1; operation <= Operations; operation++)
        {
            var what = await DoAsync(runtime, random);
            _done[what] = _done.GetValueOrDefault(what) + 1;
            if (operation % 10 == 0)
            {
                await IsCountedOnceAsync(runtime, operation);
            }
        }

        output.WriteLine(string.Join(", ", _done.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")));
        _gateway.UpdateSettings(Settings(runtime, []));
        await Eventually.True(async () => await ListAsync(runtime) is [], "no container is left");
        await Eventually.True(() => GatesOf(runtime) is [], "no gate is left");
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await (_docker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_podman?.DisposeAsync() ?? ValueTask.CompletedTask);
        _space.Dispose();
        _directory.Dispose();
    }

    /// <summary>Does one thing and says what.</summary>
    private async Task<string> DoAsync(string runtime, Random random)
    {
        var functions = Names();
        var (index, chosen) = (random.Next(functions.Length), random.Next(100));
        var function = functions[index];
        switch (chosen)
        {
            case < 30:
                Note($"request to {function}");
                await AskAsync(index, "/");
                return "request";
            case < 36:
                await Task.WhenAll(AskAsync(index, "/slow?ms=200"), AskAsync(index, "/slow?ms=200"), AskAsync(index, "/slow?ms=200"));
                return "requests at once";
            case < 48:
                return await PostAsync($"{function}/sleep");
            case < 54:
                return await PostAsync($"{function}/sleep?tier={(random.Next(2) == 0 ? "Stopped" : "Paused")}");
            case < 58:
                return await PostAsync($"{function}/wake");
            case < 90 when await ListAsync(runtime) is { Length: > 0 } containers:
                string[] does = random.Next(8) switch { < 3 => ["kill"], 3 => ["stop", "--time", "1"], 4 => ["start"], 5 => ["restart", "--time", "1"], 6 => ["pause"], _ => ["rm", "--force"] };
                // Not every state allows each.
                await TryEngineAsync([.. does, containers[random.Next(containers.Length)].Id]);
                return does[0];
            case < 94:
                _hasExtra = random.Next(2) == 0;
                _ahead = random.Next(3);
                _version += random.Next(2);
                _gateway!.UpdateSettings(Settings(runtime, Names()));
                return "reload";
            case < 97:
                await (_docker?.KillAsync() ?? _podman!.KillAsync());
                await (_docker?.RestartAsync() ?? _podman!.RestartAsync());
                return "power cut of the engine";
            default:
                await (random.Next(2) == 0 ? _gateway!.KillAsync() : _gateway!.StopAsync(TimeSpan.FromSeconds(40)));
                await _gateway!.DisposeAsync();
                _gateway = await StartGatewayAsync(runtime);
                return "restart of the gateway";
        }
    }

    /// <summary>Each container that is awake is one instance of the gateway's, and each instance one such container. A request to each function is answered.</summary>
    private async Task IsCountedOnceAsync(string runtime, int operation)
    {
        var (seen, told) = ("", "");
        try
        {
            await Eventually.True(
                async () =>
                {
                    var listed = (await ListAsync(runtime)).ToLookup(container => container.KeepsNetwork);
                    var (containers, keepers) = (listed[false].ToArray(), listed[true].ToArray());
                    // A container that somebody else has paused or started is none of the tiers' until the gateway has looked.
                    seen = string.Join(' ', containers.Where(container => container.State is not ("exited" or "created" or "configured" or "stopped")).Select(container => container.Id[..12]).Order(StringComparer.Ordinal));
                    var functions = await _gateway!.FunctionsAsync();
                    told = string.Join(' ', functions.SelectMany(one => one.Instances).Select(one => one.GetProperty("id").GetString()!.Split('-')[0]).Order(StringComparer.Ordinal));
                    var counted = (await _gateway.MetricsAsync()).Samples.Where(sample => sample.Name == "gateway_instances" && sample.Labels["state"] != "Stopped").Sum(sample => sample.Value);
                    var names = Names();
                    return seen == told && counted == functions.Sum(one => one.Instances.Count)
                        && functions.Select(one => one.Name).Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal))
                        && containers.All(container => names.Contains(container.Function))
                        && keepers.Length <= (runtime == "Docker" ? 1 : 0) && keepers.All(keeper => keeper.Function == "stop")
                        && containers.GroupBy(container => container.Function).All(group => group.Count() <= MostOf(runtime, group.Key));
                },
                $"the gateway's instances are the engine's containers, after operation {operation}");

            for (var index = 0; index < Names().Length; index++)
            {
                // A program that has just been ended in a way that looks like a failure is left alone for a moment.
                var which = index;
                await Eventually.True(async () => await AskAsync(which, "/") == HttpStatusCode.OK, $"{Names()[which]} is served after operation {operation}");
            }
        }
        catch
        {
            output.WriteLine(string.Join('\n', _last));
            output.WriteLine($"engine: {seen}\ngateway: {told}\nAll: {string.Join(' ', (await ListAsync(runtime)).Select(one => $"{one.Function}:{one.Id[..12]}:{one.State}"))}");
            output.WriteLine(string.Join('\n', _gateway!.Log.Where(line => !line.Contains("libbpf:", StringComparison.Ordinal)).TakeLast(200)));
            throw;
        }
    }

    private string[] Names() => _hasExtra ? [.. Always, "extra"] : Always;

    private static int MostOf(string runtime, string function) => (runtime, function) == ("Docker", "door") ? 2 : 1;

    private JsonObject Settings(string runtime, string[] names) => new()
    {
        ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Gateway"] = "Debug" } },
        ["Gateway"] = new JsonObject
        {
            ["Name"] = GatewayName,
            [runtime] = new JsonObject { ["Endpoint"] = (_docker?.Endpoint ?? _podman!.Endpoint).OriginalString, ["Gate"] = _directory.Path },
            ["Functions"] = new JsonObject(names.Select((name, index) => KeyValuePair.Create(name, (JsonNode?)new JsonObject
            {
                ["Runtime"] = runtime,
                ["Image"] = SharedEngines.Image,
                // On the host's network the port of one instance is in the way of another's, which is a case of its own.
                ["Network"] = (runtime, name) switch
                {
                    ("Docker", "stop") => new JsonObject { ["Name"] = "bridge", ["Keep"] = true },
                    ("Docker", _) => "bridge",
                    _ => "host",
                },
                ["Port"] = 18500 + index,
                ["Listen"] = new JsonArray($"http://*:{FirstListen + index}"),
                ["Environment"] = new JsonObject { ["VERSION"] = $"{_version}" },
                ["StopTimeout"] = "00:00:01",
                ["Scale"] = new JsonObject { ["Max"] = MostOf(runtime, name), ["Concurrency"] = 1 },
                ["Idle"] = name switch
                {
                    "stop" => new JsonObject { ["Tier"] = "Stopped" },
                    "pause" => new JsonObject { ["Tier"] = "Paused" },
                    _ => new JsonObject { ["Tier"] = "Initialized", ["Ahead"] = _ahead },
                },
            }))),
        },
    };

    private async Task StartEngineAsync(string runtime)
    {
        var files = new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() };
        if (runtime == "Docker")
        {
            _docker = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = _space });
            await _docker.ImportImageAsync(SharedEngines.Image, files, ["/hello"]);
        }
        else
        {
            _podman = await PodmanEngine.StartAsync(new PodmanEngineOptions { Namespace = _space });
            await _podman.ImportImageAsync(SharedEngines.Image, files, ["/hello"]);
        }
    }

    private Task<GatewayProcess> StartGatewayAsync(string runtime) => GatewayProcess.StartAsync(new() { Namespace = _space, Settings = Settings(runtime, Names()) });

    private async Task<HttpStatusCode> AskAsync(int index, string path)
    {
        var result = await Curl.GetAsync(new CurlOptions { Namespace = _space, Url = $"http://127.0.0.1:{(FirstListen + index).ToString(CultureInfo.InvariantCulture)}{path}" });
        return (HttpStatusCode)result.HttpCode;
    }

    private async Task<string> PostAsync(string path)
    {
        Note(path);
        using var answer = await _gateway!.Admin.PostAsync(new Uri($"/api/functions/{path}", UriKind.Relative), content: null);
        return path.Split('/')[1];
    }

    /// <summary>Keeps what was done last for the output of a failure, with the time in the form of the gateway's log.</summary>
    private void Note(string what)
    {
        _last.Enqueue($"{TimeProvider.System.GetUtcNow():O} {what}");
        while (_last.Count > 30)
        {
            _last.Dequeue();
        }
    }

    private Task<string> EngineAsync(params string[] arguments) => _docker is not null ? _docker.DockerAsync(arguments) : _podman!.PodmanAsync(arguments);

    private async Task TryEngineAsync(string[] arguments)
    {
        Note(string.Join(' ', arguments));
        try
        {
            await EngineAsync(arguments);
        }
        catch (LabException refused)
        {
            Note(refused.Message.Split('\n')[0]);
        }
    }

    private async Task<Listed[]> ListAsync(string runtime)
    {
        // Docker writes "exited", Podman "Exited (0) 2 seconds ago", and "Up" for "running".
        var lines = await EngineAsync("ps", "--all", "--no-trunc", "--filter", $"label=headstart.gateway={GatewayName}", "--format", "{{.ID}} {{.Names}} {{.State}}");
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' '))
            .Select(part => new Listed(part[0], part[1].Split('-')[1], part[2].ToLowerInvariant(), part[1].Contains("-network-", StringComparison.Ordinal)))];
    }

    private string[] GatesOf(string runtime)
    {
        var root = Path.Combine(_directory.Path, $"{GatewayName}-{runtime.ToLowerInvariant()}");
        return Directory.Exists(root) ? Directory.GetDirectories(root) : [];
    }

    private sealed record Listed(string Id, string Function, string State, bool KeepsNetwork);
}
