using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Programs;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A Docker and a Podman engine in one network namespace, in which the tests run their gateways too. Each gateway has a name of its own.</summary>
public class SharedEngines : IAsyncLifetime
{
    public const string Image = "hello:1";

    private readonly LabDirectory _gates = LabDirectory.Create("gates");
    private DockerEngine? _docker;
    private PodmanEngine? _podman;
    private int _names;
    private int _port = 18400;

    public NetworkNamespace Space { get; } = NetworkNamespace.Create();

    public async ValueTask InitializeAsync()
    {
        var files = new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() };
        _docker = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = Space, Port = PortOf("Docker") });
        await _docker.ImportImageAsync(Image, files, ["/hello"]);
        _podman = await PodmanEngine.StartAsync(new PodmanEngineOptions { Namespace = Space, Port = PortOf("Podman") });
        await _podman.ImportImageAsync(Image, files, ["/hello"]);
    }

    public async ValueTask DisposeAsync()
    {
        await (_docker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_podman?.DisposeAsync() ?? ValueTask.CompletedTask);
        Space.Dispose();
        _gates.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the port on 127.0.0.1 at which gateways reach the engine, or null if they do by its socket.</summary>
    protected virtual int? PortOf(string runtime) => null;

    /// <summary>Returns a name for a gateway that no other test has.</summary>
    public string NextName() => $"gateway-{Interlocked.Increment(ref _names)}";

    /// <summary>Returns a port that no other test has.</summary>
    public int NextPort() => Interlocked.Increment(ref _port);

    /// <summary>Runs the engine's own command line tool.</summary>
    /// <returns>A task that returns what the tool has written.</returns>
    public Task<string> RunAsync(string runtime, params string[] arguments) => runtime == "Podman" ? _podman!.PodmanAsync(arguments) : _docker!.DockerAsync(arguments);

    /// <summary>Makes an image of busybox and a shell.</summary>
    /// <param name="more">Further local files, by their paths in the image.</param>
    public Task ImportAsync(string runtime, string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? more = null)
    {
        var files = new Dictionary<string, string>(more ?? new Dictionary<string, string>()) { ["/bin/busybox"] = "/bin/busybox", ["/bin/sh"] = "/bin/busybox" };
        return runtime == "Podman" ? _podman!.ImportImageAsync(name, files, command) : _docker!.ImportImageAsync(name, files, command);
    }

    /// <summary>Makes the image of a real program.</summary>
    public Task ImportAsync(string runtime, RealProgram program) => runtime == "Podman" ? _podman!.ImportImageAsync(program) : _docker!.ImportImageAsync(program);

    public string SocketOf(string runtime) => runtime == "Podman" ? _podman!.SocketPath : _docker!.SocketPath;

    /// <summary>Returns the <c>Gateway</c> section for a gateway of this name.</summary>
    /// <param name="name">The gateway's name.</param>
    /// <param name="functions">The settings of its functions, by name.</param>
    /// <param name="sockets">The paths of sockets to use instead of the engines' own, by runtime.</param>
    public JsonObject Section(string name, JsonObject functions, IReadOnlyDictionary<string, string>? sockets = null)
    {
        var section = new JsonObject { ["Name"] = name, ["Functions"] = functions };
        foreach (var runtime in (string[])["Docker", "Podman"])
        {
            section[runtime] = new JsonObject
            {
                ["Endpoint"] = PortOf(runtime) is { } port ? $"tcp://127.0.0.1:{port}" : $"unix://{(sockets is not null && sockets.TryGetValue(runtime, out var other) ? other : SocketOf(runtime))}",
                // Not in the gateway's own folder, which ends with it.
                ["Gate"] = _gates.Path,
            };
        }

        return section;
    }

    /// <summary>Lists the containers of a gateway.</summary>
    /// <param name="runtime"><c>Docker</c> or <c>Podman</c>.</param>
    /// <param name="gateway">The gateway's name.</param>
    /// <param name="states">The states of the containers to list. If there are none all are listed.</param>
    /// <returns>A task that returns their ids.</returns>
    public Task<string[]> ContainersAsync(string runtime, string gateway, params string[] states) =>
        ListAsync(runtime, gateway, states.SelectMany(state => new[] { "--filter", $"status={state}" }));

    /// <summary>Lists the containers of a gateway that have a label: <c>headstart.spec</c> if they are a function's, <c>headstart.keeps</c> if they keep a network.</summary>
    public Task<string[]> LabelledAsync(string runtime, string gateway, string label) => ListAsync(runtime, gateway, ["--filter", $"label={label}"]);

    private async Task<string[]> ListAsync(string runtime, string gateway, IEnumerable<string> filters)
    {
        var lines = await RunAsync(runtime, ["ps", "--all", "--quiet", "--no-trunc", "--filter", $"label=headstart.gateway={gateway}", .. filters]);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
