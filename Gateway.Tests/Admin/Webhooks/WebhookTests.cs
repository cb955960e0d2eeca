using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Tests.Telemetry;
using Xunit;

namespace Gateway.Tests.Admin.Webhooks;

/// <summary>What a real gateway posts to receivers.</summary>
[SideBySide]
public sealed class WebhookTests : IDisposable
{
    private const string Secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NetworkNamespace _space = NetworkNamespace.Create();

    public void Dispose() => _space.Dispose();

    [Fact]
    public async Task Events_OfALife_ComeInOrder_Signed_AsCloudEvents()
    {
        await using var receiver = new WebhookReceiver(_space);
        await using var gateway = await StartAsync(Hook(("Secret", Secret)));

        await WakeAsync(gateway, "one");
        await SleepAsync(gateway, "one");
        await gateway.Admin.PostAsync("/api/functions/bad/wake", content: null, TestContext.Current.CancellationToken);
        await Eventually.True(() => receiver.Of("one").Count == 3 && receiver.Of("bad").Count == 2, "all five come");

        Assert.Equal(["wake", "ready", "rest"], receiver.Of("one"));
        Assert.Equal(["wake", "failure"], receiver.Of("bad"));
        Assert.All(receiver.Requests, static request => WebhookReceiver.Verify(request, Secret));
        var head = receiver.Requests.First();
        Assert.StartsWith("POST /hook?key=s3cret HTTP/1.1", head.Head, StringComparison.Ordinal);
        Assert.Equal("application/cloudevents+json; charset=utf-8", head.Header("Content-Type"));

        // CloudEvents 1.0, "Required attributes".
        var ready = receiver.Events.Single(static got => got.GetProperty("type").GetString() == "headstart.function.ready");
        Assert.Equal(("1.0", "/headstart/headstart-127.0.0.1-9090"), (ready.GetProperty("specversion").GetString(), ready.GetProperty("source").GetString()));
        Assert.True(ready.GetProperty("time").TryGetDateTimeOffset(out _));
        var data = ready.GetProperty("data");
        Assert.Equal(("one", "Running", "Request", "Stopped"), (Text(data, "function"), Text(data, "state"), Text(data, "signal"), Text(data, "tier")));
        Assert.InRange(data.GetProperty("took").GetInt64(), 1, 30_000_000);
        Assert.NotEmpty(Text(data, "instance")!);
        Assert.Contains("exit", Text(receiver.Events.Single(static got => got.GetProperty("type").GetString() == "headstart.function.failure").GetProperty("data"), "failure"), StringComparison.Ordinal);
        Assert.Equal(5, receiver.Events.Select(static got => got.GetProperty("id").GetString()).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(5, await CountAsync(gateway, "Delivered"));
        Assert.DoesNotContain(gateway.Log, static line => line.Contains("s3cret", StringComparison.Ordinal) || line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Receiver_ThatFails_GetsTheSameEventAgain_BeforeTheNextOfThatFunction()
    {
        var fails = 1;
        await using var receiver = new WebhookReceiver(_space, got =>
            Text(got, "subject") == "one" && Interlocked.Decrement(ref fails) >= 0 ? HttpReceiver.Answer("500 Oops", "Retry-After: 1\r\n") : HttpReceiver.Answer("200 OK"));
        await using var gateway = await StartAsync(Hook(("Secret", Secret), ("Events", new JsonArray("ready", "rest"))));

        await WakeAsync(gateway, "one");
        await SleepAsync(gateway, "one");
        await WakeAsync(gateway, "two");
        await Eventually.True(() => receiver.Of("one").Count == 3 && receiver.Of("two").Count == 1, "all come");

        Assert.Equal(["ready", "ready", "rest"], receiver.Of("one"));
        var tries = receiver.Requests.Where(static request => request.Head.Length > 0 && System.Text.Encoding.UTF8.GetString(request.Body).Contains("\"subject\":\"one\"", StringComparison.Ordinal)).Take(2).ToArray();
        Assert.Equal(tries[0].Header("webhook-id"), tries[1].Header("webhook-id"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(tries[0].At, tries[1].At), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(10));
        Assert.All(tries, static request => WebhookReceiver.Verify(request, Secret));
        Assert.Equal(0, await CountAsync(gateway, "Failed"));
    }

    [Fact]
    public async Task Receiver_ThatIsNotThere_HoldsUpNothing_AndIsToldOnce()
    {
        await using var gateway = await StartAsync(Hook(("Attempts", 1)));
        for (var i = 0; i < 3; i++)
        {
            await WakeAsync(gateway, "one");
            await SleepAsync(gateway, "one");
        }

        await Eventually.True(async () => await CountAsync(gateway, "Failed") == 9, "all nine have failed");
        Assert.Contains("did not take headstart.function.wake of one, 1 attempts in all: it cannot be reached: ", Assert.Single(gateway.Log, static line => line.Contains("did not take", StringComparison.Ordinal)), StringComparison.Ordinal);

        await using var receiver = new WebhookReceiver(_space);
        await WakeAsync(gateway, "one");
        await gateway.WaitForLogAsync(static line => line.Contains($"The webhook 127.0.0.1:{WebhookReceiver.Port} takes events again.", StringComparison.Ordinal), Patience);
        Assert.DoesNotContain(gateway.Log, static line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Receiver_ThatIsGone_OrHangs_KeepsNobodyWaiting()
    {
        await using var gone = new WebhookReceiver(_space, static _ => HttpReceiver.Answer("410 Gone"));
        await using var hanging = new WebhookReceiver(_space, static _ => null, port: WebhookReceiver.Port + 1);
        var second = Hook(("Name", "hanging"), ("Timeout", "00:01:00"));
        second["Url"] = $"http://127.0.0.1:{WebhookReceiver.Port + 1}/";
        await using var gateway = await StartAsync(Hook(), second);

        await WakeAsync(gateway, "one");
        await gateway.WaitForLogAsync(static line => line.Contains("answered 410 (Gone) and is sent nothing more", StringComparison.Ordinal), Patience);
        await Eventually.True(() => hanging.Requests.Count == 1, "the other one has got something");
        var before = gone.Requests.Count;
        await SleepAsync(gateway, "one");
        await WakeAsync(gateway, "two");
        await Eventually.True(() => hanging.Of("two").Count == 1, "one function does not wait for another");
        Assert.Equal(before, gone.Requests.Count);

        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await gateway.StopAsync(Patience));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Reload_ChangesWhoIsTold_AndTheEndTellsTheLast()
    {
        await using var receiver = new WebhookReceiver(_space);
        await using var gateway = await StartAsync();
        await WakeAsync(gateway, "one");
        await SleepAsync(gateway, "one");

        gateway.UpdateSettings(await SettingsAsync(Hook(("Functions", new JsonArray("t*")), ("Name", "chat"))));
        await Eventually.True(async () => (await gateway.MetricsAsync()).Samples.Any(static sample => sample.Name == "gateway_webhook_deliveries_total" && sample.Labels["hook"] == "chat"), "the reload");
        await WakeAsync(gateway, "one");
        await WakeAsync(gateway, "two");
        await Eventually.True(() => receiver.Of("two").Count == 2, "the other function's come");
        Assert.Equal(0, await gateway.StopAsync(Patience));

        Assert.Empty(receiver.Of("one"));
        Assert.Equal(["wake", "ready", "rest"], receiver.Of("two"));
        Assert.All(receiver.Requests, static request => Assert.Null(request.Header("webhook-signature")));
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static JsonObject Hook(params (string Key, JsonNode Value)[] more)
    {
        var hook = new JsonObject { ["Url"] = $"http://127.0.0.1:{WebhookReceiver.Port}/hook?key=s3cret" };
        foreach (var (key, value) in more)
        {
            hook[key] = value;
        }

        return hook;
    }

    private static async Task<double> CountAsync(GatewayProcess gateway, string outcome) =>
        (await gateway.MetricsAsync(TestContext.Current.CancellationToken)).Sum("gateway_webhook_deliveries_total", ("hook", $"127.0.0.1:{WebhookReceiver.Port}"), ("outcome", outcome));

    private static async Task WakeAsync(GatewayProcess gateway, string function) =>
        (await gateway.Admin.PostAsync($"/api/functions/{function}/wake", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    private static async Task SleepAsync(GatewayProcess gateway, string function) =>
        (await gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    private async Task<GatewayProcess> StartAsync(params JsonObject[] hooks) => await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = await SettingsAsync(hooks) });

    private static async Task<JsonObject> SettingsAsync(params JsonObject[] hooks)
    {
        var hello = await HelloSample.BuildAsync();
        JsonObject Function(string? fail = null) => new()
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray(hello),
            ["Environment"] = fail is null ? [] : new JsonObject { ["FAIL"] = fail },
            ["Idle"] = new JsonObject { ["Tier"] = "Stopped" },
        };
        return new()
        {
            ["Gateway"] = new JsonObject
            {
                ["Ebpf"] = new JsonObject { ["Mode"] = "Off" },
                ["Webhooks"] = new JsonArray([.. hooks]),
                ["Functions"] = new JsonObject { ["one"] = Function(), ["two"] = Function(), ["bad"] = Function("7") },
            },
        };
    }
}
