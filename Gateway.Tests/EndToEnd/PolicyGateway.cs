using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway of a test's own, with the policies that it asks for, before what <see cref="PolicyEdge"/> describes.</summary>
internal sealed class PolicyGateway : IAsyncDisposable
{
    private readonly PolicyEdge _edge;

    private PolicyGateway(PolicyEdge edge, JsonObject settings, GatewayProcess process) =>
        (_edge, Settings, Process, Client) = (edge, settings, process, edge.Client());

    public NetworkNamespace Space => _edge.Space;

    public JsonObject Settings { get; }

    public GatewayProcess Process { get; }

    public HttpClient Client { get; }

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

    /// <summary>Reloads; the caller sees by answers when it is in use.</summary>
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
