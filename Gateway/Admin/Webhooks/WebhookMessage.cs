using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Admin.Webhooks;

/// <summary>An event as receivers get it: a CloudEvent in structured mode (CloudEvents 1.0, JSON format).</summary>
/// <param name="Id">An id of the event's own, by which a receiver knows one that it has taken already.</param>
/// <param name="Source">The gateway.</param>
/// <param name="Type"><c>headstart.function.wake</c>, <c>.ready</c>, <c>.rest</c> or <c>.failure</c>.</param>
/// <param name="Subject">The function.</param>
/// <param name="Time">When it happened (RFC 3339).</param>
/// <param name="Data">What is known of it.</param>
internal sealed record WebhookMessage(string Id, string Source, string Type, string Subject, string Time, WebhookData Data)
{
    /// <summary>The media type of CloudEvents in JSON.</summary>
    public const string MediaType = "application/cloudevents+json";

    [JsonPropertyName("specversion")]
    public string SpecVersion => "1.0";

    [JsonPropertyName("datacontenttype")]
    public string DataContentType => "application/json";

    /// <summary>Returns the message as it is sent and signed.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, WebhookJson.Default.WebhookMessage);
}

/// <summary>What is known of an event.</summary>
/// <param name="Gateway">The gateway's name.</param>
/// <param name="Function">The function's name.</param>
/// <param name="State">The function's state, by the words of the admin endpoint.</param>
/// <param name="Instance">The instance that is started or ready, if its runtime has named it.</param>
/// <param name="Signal">The signal that woke the function; null if none did.</param>
/// <param name="Tier">The tier that it was woken from.</param>
/// <param name="Took">Of one that is ready: how many microseconds after the signal.</param>
/// <param name="Failure">Why it failed, in one sentence.</param>
internal sealed record WebhookData(string Gateway, string Function, string State, string? Instance, string? Signal, string? Tier, long? Took, string? Failure);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebhookMessage))]
internal sealed partial class WebhookJson : JsonSerializerContext;
