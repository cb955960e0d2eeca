using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Engines;

namespace Gateway.Tests.EndToEnd;

/// <summary>An <see cref="EndToEnd.Edge"/> whose function is a busybox container on a Docker engine of its own.</summary>
internal sealed class ContainerEdge(DockerEngine engine, Edge edge) : IAsyncDisposable
{
    public const string Image = "box:1";

    public DockerEngine Engine => engine;

    public Edge Edge => edge;

    /// <summary>Starts the engine and the gateway.</summary>
    /// <param name="script">The script that a shell in the container runs, with the applets of busybox and the variable PORT.</param>
    /// <param name="change">Changes the function's settings. By default it has an address of its own, is woken by the SYN and uses the network bridge.</param>
    /// <param name="lines">More lines for the Dockerfile of the image.</param>
    public static async Task<ContainerEdge> StartAsync(string script, Action<JsonObject>? change = null, params IReadOnlyList<string> lines)
    {
        var lab = await LabNetwork.CreateAsync(TimeSpan.Zero);
        var engine = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = lab.Server });
        await ImportAsync(engine, script, lines);
        var function = new JsonObject
        {
            ["Runtime"] = "Docker",
            ["Image"] = Image,
            ["Listen"] = new JsonArray($"http://*:{Edge.HttpPort}"),
        };
        change?.Invoke(function);
        var gateway = new JsonObject { ["Docker"] = new JsonObject { ["Endpoint"] = engine.Endpoint.ToString() } };
        return new ContainerEdge(engine, await Edge.StartAsync(lab, new JsonObject { ["hello"] = function }, gateway));
    }

    /// <summary>Makes another image and gives it the name of the function's.</summary>
    public Task ImportAsync(string script, params IReadOnlyList<string> lines) => ImportAsync(engine, script, lines);

    /// <summary>Sends a GET, which has to succeed.</summary>
    /// <returns>A task that returns the answer's body.</returns>
    public async Task<string> AskAsync(string path) => (await edge.Network.Client.ExecuteAsync(
        "curl", "--silent", "--show-error", "--fail", "--max-time", "40", $"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}{path}")).ThrowIfFailed().Output.Trim();

    public async ValueTask DisposeAsync()
    {
        await edge.DisposeAsync();
        await engine.DisposeAsync();
    }

    private static Task ImportAsync(DockerEngine engine, string script, IReadOnlyList<string> lines) => engine.ImportImageAsync(
        Image,
        new Dictionary<string, string> { ["/bin/busybox"] = "/bin/busybox", ["/bin/sh"] = "/bin/busybox" },
        ["/bin/sh", "-c", script],
        ["ENV PATH=/bin", .. lines]);
}
