using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration.Webhooks;
using Gateway.Telemetry;

namespace Gateway.Admin.Webhooks;

/// <summary>
/// Posts events to one receiver, signed as Standard Webhooks says (github.com/standard-webhooks/standard-webhooks, spec), and again until it takes them.
/// </summary>
internal sealed class WebhookClient(WebhookOptions options, TimeProvider time) : IDisposable
{
    private readonly PostClient _client = new(options.Attempts, options.Timeout, time);

    /// <summary>Sends an event as often as the options allow.</summary>
    /// <exception cref="PostException">The receiver has not taken it.</exception>
    public Task SendAsync(WebhookMessage message, CancellationToken cancellationToken)
    {
        var body = message.ToBytes();
        return _client.SendAsync(() => Make(message.Id, body), cancellationToken);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Returns the value of <c>webhook-signature</c>.</summary>
    public static string Sign(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hash.AppendData(body);
        return $"v1,{Convert.ToBase64String(hash.GetHashAndReset())}";
    }

    private HttpRequestMessage Make(string id, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(WebhookMessage.MediaType, "utf-8");
        // The time of the attempt: receivers refuse what is old.
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp);
        if (options.Key is { } key)
        {
            request.Headers.TryAddWithoutValidation("webhook-signature", Sign(key, id, timestamp, body));
        }

        return request;
    }
}
