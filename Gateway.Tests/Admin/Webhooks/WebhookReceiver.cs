using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Lab.Networking;
using Gateway.Tests.Telemetry;
using Xunit;

namespace Gateway.Tests.Admin.Webhooks;

/// <summary>A receiver of webhooks in a network namespace. It answers as a test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const int Port = 4320;

    private readonly HttpReceiver _server;

    /// <param name="space">The namespace.</param>
    /// <param name="answer">Says how an event is answered; null for none.</param>
    /// <param name="port">The port on the loopback interface.</param>
    public WebhookReceiver(NetworkNamespace space, Func<JsonElement, string?>? answer = null, int port = Port) => _server = new HttpReceiver(space, port, request =>
    {
        Requests.Enqueue(request);
        return answer is null ? HttpReceiver.Answer("204 No Content") : answer(EventOf(request));
    });

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = new();

    /// <summary>The events in the order in which they came, each as often as it came.</summary>
    public IReadOnlyList<JsonElement> Events => [.. Requests.Select(EventOf)];

    /// <summary>What came of a function: the last words of the types.</summary>
    public IReadOnlyList<string> Of(string function) =>
        [.. Events.Where(got => got.GetProperty("subject").GetString() == function).Select(got => got.GetProperty("type").GetString()!.Split('.')[^1])];

    /// <summary>Checks the signature as Standard Webhooks tells receivers to, by nothing of the gateway's.</summary>
    public static void Verify(ReceivedRequest request, string secret)
    {
        var (id, timestamp) = (request.Header("webhook-id")!, request.Header("webhook-timestamp")!);
        var signed = Encoding.UTF8.GetBytes($"{id}.{timestamp}.{Encoding.UTF8.GetString(request.Body)}");
        var expected = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed);

        Assert.Equal($"v1,{Convert.ToBase64String(expected)}", request.Header("webhook-signature"));
        Assert.InRange(TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture)), TimeSpan.FromSeconds(-2), TimeSpan.FromMinutes(5));
        Assert.Equal(id, EventOf(request).GetProperty("id").GetString());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static JsonElement EventOf(ReceivedRequest request) => JsonElement.Parse(Encoding.UTF8.GetString(request.Body));
}
