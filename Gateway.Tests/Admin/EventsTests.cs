using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Admin.Live;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Admin;

/// <summary><c>GET /api/events</c> by a client of its own.</summary>
[SideBySide]
public sealed class EventsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task AReader_IsToldAllAtFirst_AndThenWhatChanges()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space);
        using var reader = new EventReader(await OpenAsync(gateway));

        var (name, data) = await reader.NextAsync();
        Assert.Equal(("gateway", "headstart-127.0.0.1-9090"), (name, data.GetProperty("name").GetString()));
        (name, data) = await reader.NextAsync();
        Assert.Equal("functions", name);
        Assert.Equal(["one", "two"], data.EnumerateArray().Select(f => f.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));

        (await gateway.Admin.PostAsync("/api/functions/two/wake", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await reader.UntilAsync("functions", list => list.EnumerateArray().Any(f => f.GetProperty("name").GetString() == "two" && f.GetProperty("state").GetString() == "Running"));
        var running = await gateway.Admin.GetStringAsync("/api/functions/two", TestContext.Current.CancellationToken);
        Assert.Contains("\"runtime\":\"Process\"", running, StringComparison.Ordinal);

        // One function goes, and another one comes.
        gateway.UpdateSettings(await SettingsAsync("two", "three"));
        await reader.UntilAsync("removed", list => list.EnumerateArray().Single().GetString() == "one");
        Assert.Equal(["three", "two"], (await gateway.FunctionsAsync(TestContext.Current.CancellationToken)).Select(f => f.Name));
    }

    [Fact]
    public async Task Readers_AreBounded_AndHoldUpNoEnd()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space);
        var readers = new List<HttpResponseMessage>();
        for (var i = 0; i < EventsPage.MostReaders; i++)
        {
            readers.Add(await OpenAsync(gateway));
            Assert.Equal(HttpStatusCode.OK, readers[^1].StatusCode);
        }

        using (var refused = await OpenAsync(gateway))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }

        readers[0].Dispose();
        await Eventually.True(async () =>
        {
            var next = await OpenAsync(gateway);
            readers.Add(next);
            return next.StatusCode == HttpStatusCode.OK;
        }, "a place is free when a reader leaves");

        Assert.Equal(0, await gateway.StopAsync(TimeSpan.FromSeconds(10)));
        readers.ForEach(reader => reader.Dispose());
    }

    private static Task<HttpResponseMessage> OpenAsync(GatewayProcess gateway) =>
        gateway.Admin.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    private static async Task<GatewayProcess> StartAsync(NetworkNamespace space) =>
        await GatewayProcess.StartAsync(new() { Namespace = space, Settings = await SettingsAsync("one", "two") });

    private static async Task<JsonObject> SettingsAsync(params string[] functions)
    {
        var hello = await HelloSample.BuildAsync();
        var section = new JsonObject();
        foreach (var name in functions)
        {
            section[name] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray(hello) };
        }

        return new() { ["Gateway"] = new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Off" }, ["Functions"] = section } };
    }

    private sealed class EventReader(HttpResponseMessage response) : IDisposable
    {
        private readonly StreamReader _lines = new(response.Content.ReadAsStream());

        public async Task<(string Name, JsonElement Data)> NextAsync()
        {
            using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
            var name = "";
            while (await _lines.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    name = line["event: ".Length..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    return (name, JsonElement.Parse(line["data: ".Length..]));
                }
            }

            throw new EndOfStreamException("The events have ended.");
        }

        public async Task UntilAsync(string wanted, Func<JsonElement, bool> matches)
        {
            while (await NextAsync() is var (name, data) && (name != wanted || !matches(data)))
            {
            }
        }

        public void Dispose()
        {
            _lines.Dispose();
            response.Dispose();
        }
    }
}
