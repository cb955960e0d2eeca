using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway with policies of a test's own, in front of what <see cref="PolicyEdge"/> has.</summary>
internal sealed class PolicyGateway : IAsyncDisposable
{
    private readonly PolicyEdge _edge;

    private PolicyGateway(PolicyEdge edge, JsonObject settings, GatewayProcess process) =>
        (_edge, Settings, Process, Client) = (edge, settings, process, edge.Client());

    public NetworkNamespace Space => _edge.Space;

    public JsonObject Settings { get; }

    public GatewayProcess Process { get; }

    public HttpClient Client { get; }

    /// <summary>Starts a gateway.</summary>
    /// <param name="policies">JSON that is merged into the settings.</param>
    public static async Task<PolicyGateway> StartAsync(string policies)
    {
        var edge = new PolicyEdge();
        try
        {
            var settings = await edge.BaseAsync();
            PolicyEdge.Merge(settings, JsonNode.Parse(policies)!.AsObject());
            return new PolicyGateway(edge, settings, await GatewayProcess.StartAsync(new() { Namespace = edge.Space, Settings = settings }));
        }
        catch
        {
            await edge.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes the settings without waiting. The caller finds out by the answers when they are in use.</summary>
    public void Reload(string policies)
    {
        var settings = (JsonObject)Settings.DeepClone();
        PolicyEdge.Merge(settings, JsonNode.Parse(policies)!.AsObject());
        Process.UpdateSettings(settings);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
        await _edge.DisposeAsync();
    }
}
