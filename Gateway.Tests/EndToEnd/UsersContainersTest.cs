using System.Text.Json.Nodes;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The base of tests with containers that somebody else than the gateway makes.</summary>
public abstract class UsersContainersTest(SharedEngines engines) : SharedEnginesTest(engines)
{
    // Told, not looked for; an engine that is busy takes its time to tell.
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    /// <summary>The name of the test's container.</summary>
    protected string Box => $"box-{Port}";

    /// <summary>The port of the address that functions by labels share.</summary>
    protected const int Shared = 8480;

    /// <summary>Makes a container of the sample on the engine's own network, which is removed after the test.</summary>
    /// <param name="runtime"><c>Docker</c> or <c>Podman</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="port">The port that its program listens on.</param>
    /// <param name="more">More arguments of <c>create</c>.</param>
    /// <returns>A task that returns the container's id.</returns>
    protected async Task<string> MakeAsync(string runtime, string name, int port, params string[] more)
    {
        var made = await Engines.RunAsync(
            runtime, ["create", "--name", name, "--network", "host", "--env", $"PORT={port}", "--label", $"headstart.gateway={Name}", .. more, SharedEngines.Image]);
        return made.Trim();
    }

    /// <summary>Makes a container that asks to be a function by its labels, which are written without <c>headstart.</c>.</summary>
    protected Task<string> MakeLabelledAsync(string runtime, string name, int port, params string[] labels) =>
        MakeAsync(runtime, name, port, ["--label", "headstart.enable=true", "--label", $"headstart.port={port}", .. labels.SelectMany(label => new[] { "--label", $"headstart.{label}" })]);

    /// <summary>Starts a gateway that follows the labels of an engine's containers.</summary>
    protected Task StartDiscoveringAsync(string runtime, params (string Name, JsonObject Function)[] functions) => StartAsync(
        gateway =>
        {
            ((JsonObject)gateway[runtime]!)["Discover"] = true;
            ((JsonObject)gateway.Parent!)["Kestrel"] = JsonNode.Parse($$"""{ "Endpoints": { "http": { "Url": "http://127.0.0.1:{{Shared}}" } } }""");
        },
        sockets: null,
        functions);

    /// <summary>Requests a function by its host name.</summary>
    protected Task<CommandResult> AskHostAsync(string host, string path = "/", int seconds = 40) => Engines.Space.ExecuteAsync(
        "curl", "--silent", "--show-error", "--max-time", $"{seconds}", "--write-out", "\n%{http_code}", "--header", $"Host: {host}", $"http://127.0.0.1:{Shared}{path}");

    /// <summary>Requests a function by its host name, which has to succeed.</summary>
    protected async Task ServesAsync(string host)
    {
        var answer = (await AskHostAsync(host)).ThrowIfFailed().Output;
        Assert.True(answer.EndsWith("\n200", StringComparison.Ordinal), answer + Gateway.LastLines(40));
    }

    /// <summary>Waits until the API shows a function of the name in the state.</summary>
    protected Task BecomesAsync(string function, string state) => Eventually.True(async () => (await FindAsync(function))?["state"]?.GetValue<string>() == state, $"{function} is {state}");

    /// <summary>Returns what the API says of a function, or null if there is none.</summary>
    protected async Task<JsonNode?> FindAsync(string function) =>
        JsonNode.Parse(await Gateway.Admin.GetStringAsync("/api/functions"))!.AsArray().SingleOrDefault(one => one!["name"]!.GetValue<string>() == function);

    /// <summary>Returns one value of what the engine says about a container.</summary>
    protected async Task<string> InspectAsync(string runtime, string container, string format) =>
        (await Engines.RunAsync(runtime, "inspect", "--format", format, container)).Trim();

    /// <summary>Returns the state of a container in the engine's word.</summary>
    protected Task<string> StateAsync(string runtime, string container) => InspectAsync(runtime, container, "{{.State.Status}}");
}
