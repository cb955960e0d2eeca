using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What <c>explain</c> says beforehand is what a running gateway of the same configuration then does.</summary>
public sealed class ExplainedTests
{
    [Fact]
    public async Task ColdRequests_AreWokenByWhatWasExplained()
    {
        var network = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(20));
        await using var edge = await Edge.StartAsync(network, new JsonObject
        {
            ["hello"] = await FunctionAsync("Syn", 8081, 8443),
            ["hears"] = await FunctionAsync("ClientHello", 8082, 8444),
            ["waits"] = await FunctionAsync("Request", 8083, 8445),
        });

        (string Scheme, int Port, string Signal)[] cases =
        [
            ("https", Edge.SharedPort, "ClientHello"), ("http", 8081, "Syn"), ("https", 8443, "Syn"), ("http", 8082, "Request"), ("https", 8444, "ClientHello"), ("http", 8083, "Request"), ("https", 8445, "Request"),
        ];
        foreach (var (scheme, port, signal) in cases)
        {
            var url = $"{scheme}://{Edge.Host}:{port}/";
            var explained = await ExplainAsync(edge, url);
            var function = explained.GetProperty("request").GetProperty("function").GetString()!;
            var before = (await edge.Gateway.ColdStartsAsync(function)).Count;

            var answer = await Curl.GetAsync(new() { Namespace = edge.Network.Client, Url = url, Resolve = edge.Network.Link.Server.Address, CaFile = edge.Certificates.CaPath });

            var cold = Assert.Single((await edge.Gateway.ColdStartsAsync(function)).Skip(before));
            Assert.Equal((200, signal, "Served"), (answer.HttpCode, cold.Signal, cold.Outcome));
            Assert.Equal(signal, Wakes(explained, "syn") ? "Syn" : Wakes(explained, "clientHello") ? "ClientHello" : "Request");
            await edge.SleepAsync(function);
        }
    }

    private static bool Wakes(JsonElement explained, string signal) => explained.GetProperty(signal).GetProperty("wakes").GetBoolean();

    private static async Task<JsonElement> ExplainAsync(Edge edge, string url)
    {
        var command = GatewayProcess.CommandOf(["explain", $"{edge.Network.Link.Client.Address}", url, "--json", "--contentRoot", edge.Gateway.ContentRoot], edge.Network.Server);
        return JsonDocument.Parse((await Command.ExecuteAsync(command, cancellationToken: TestContext.Current.CancellationToken)).ThrowIfFailed().Output).RootElement;
    }

    private static async Task<JsonObject> FunctionAsync(string wakeOn, int http, int https)
    {
        var function = await Edge.HelloAsync(wakeOn, bootMilliseconds: 0);
        function["Listen"] = new JsonArray($"http://*:{http}", $"https://*:{https}");
        return function;
    }
}
