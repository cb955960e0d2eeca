using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Engines;

namespace Gateway.Tests.EndToEnd;

/// <summary>A whole edge whose function is a container of busybox on a Docker engine of its own.</summary>
internal sealed class ContainerEdge(DockerEngine engine, Edge edge) : IAsyncDisposable
{
    public const string Image = "box:1";

    public DockerEngine Engine => engine;

    public Edge Edge => edge;

    /// <param name="script">What a shell runs in it; busybox and its applets by name, and PORT.</param>
    /// <param name="change">Changes what the function's settings are else: a wake at the SYN, an address of its own, the network of bridges.</param>
    /// <param name="lines">More lines of its image's Dockerfile.</param>
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

    /// <summary>Gives the image's name to another image.</summary>
    public Task ImportAsync(string script, params IReadOnlyList<string> lines) => ImportAsync(engine, script, lines);

    /// <summary>A GET that has to be answered 200: what it says.</summary>
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
