using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway with real programs behind it, and the namespace and the folder that they share with their clients.</summary>
internal sealed class RealServer : IAsyncDisposable
{
    /// <summary>A first start of a database on a busy machine, and a client that does not come to an end, are told apart by this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private readonly LabDirectory _directory = LabDirectory.Create("clients");
    private readonly CancellationTokenSource _limit = new(Patience);
    private GatewayProcess? _gateway;

    /// <summary>A function that runs a program as an account of this machine, and soon rests when nobody uses it.</summary>
    public static JsonObject Function(string user, int port, string listen, params IEnumerable<string> command) => new()
    {
        ["Runtime"] = "Process",
        ["Command"] = new JsonArray([.. command.Select(static word => JsonValue.Create(word))]),
        ["User"] = user,
        ["Port"] = port,
        ["Listen"] = new JsonArray(listen),
        ["Idle"] = new JsonObject { ["Tier"] = "Stopped", ["After"] = "00:00:02" },
    };

    /// <summary>The path of a file of the folder.</summary>
    public string File(string name) => _directory.File(name);

    /// <summary>Makes a folder that belongs to an account, in which its program keeps its files.</summary>
    public async Task<string> FolderAsync(string name, string owner)
    {
        await RunAsync("install", "-d", "-m", "0700", "-o", owner, File(name));
        return File(name);
    }

    public async Task ServeAsync(params IEnumerable<(string Name, JsonObject Function)> functions)
    {
        var all = new JsonObject([.. functions.Select(static one => KeyValuePair.Create<string, JsonNode?>(one.Name, one.Function))]);
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = new JsonObject { ["Gateway"] = new JsonObject { ["Functions"] = all } } });
    }

    /// <summary>Runs a program in the namespace, and returns all that it wrote.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">It did not end with 0; holds what it wrote, and the end of the gateway's log.</exception>
    public async Task<string> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        var result = await Command.ExecuteAsync(new LabProcessOptions { FileName = program, Arguments = arguments, Namespace = _space }, cancellationToken: _limit.Token);
        Assert.True(result.ExitCode == 0, $"'{result.Description}' ended with {result.ExitCode}:\n{result.AllOutput}\nThe gateway's log ends with:{_gateway?.LastLines(30)}");
        return result.AllOutput;
    }

    /// <summary>
    /// Lets clients come as every function has to show: the first waits for the start, the kernel hands over those after it, and when the last has left, it rests, and wakes for the next.
    /// </summary>
    /// <param name="name">The function.</param>
    /// <param name="port">Its address's.</param>
    /// <param name="first">The client that wakes it.</param>
    /// <param name="others">Those that come while it runs.</param>
    /// <param name="connections">How many connections these open at least.</param>
    /// <param name="next">The one that comes when it has been at rest.</param>
    public async Task WakesAndStepsAsideAsync(string name, int port, Func<Task> first, Func<Task> others, int connections, Func<Task> next)
    {
        await first();
        // It says nothing, and keeps the function up between clients however slowly they start here.
        using (await _space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), _limit.Token))
        {
            await StartsAsync(name, 1);
            await _gateway!.WaitForLogAsync(line => line.Contains($"{name}: from here on the kernel hands it the connections", StringComparison.Ordinal), Patience);
            var (handed, passed) = (await HandedOverAsync(), await PassedOnAsync(name));
            await others();
            Assert.InRange(await HandedOverAsync() - handed, connections, double.MaxValue);
            Assert.Equal(passed, await PassedOnAsync(name));
        }

        await RestsAsync(name);
        await next();
        await StartsAsync(name, 2);
    }

    /// <summary>Waits until so many of its starts have served somebody, which no other has preceded.</summary>
    public async Task<IReadOnlyList<ColdStart>> StartsAsync(string name, int count)
    {
        await Eventually.True(async () => (await _gateway!.ColdStartsAsync(name, cancellationToken: _limit.Token)).Count(static start => start.Outcome == "Served") >= count);
        var starts = await _gateway!.ColdStartsAsync(name, cancellationToken: _limit.Token);
        Assert.Equal(count, starts.Count);
        return starts;
    }

    public Task RestsAsync(string name) => Eventually.True(async () => (await _gateway!.FunctionsAsync(_limit.Token)).Single(function => function.Name == name).State == "Stopped");

    /// <summary>How many connections the kernel has handed to functions.</summary>
    public async Task<double> HandedOverAsync() => (await _gateway!.MetricsAsync(_limit.Token)).Sum("gateway_ebpf_events_total", ("program", "sk_lookup"), ("outcome", "direct"));

    /// <summary>How many connections of a function have passed through the gateway.</summary>
    public async Task<double> PassedOnAsync(string name) => (await _gateway!.MetricsAsync(_limit.Token)).Sum("gateway_tcp_connections_total", ("function", name));

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        _space.Dispose();
        _directory.Dispose();
        _limit.Dispose();
    }
}
