using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Gateway.Telemetry.Export;

/// <summary>Posts metrics to a collector by OTLP/HTTP, and again as the OTLP specification says of failures and throttling.</summary>
internal sealed class OtlpSender : IDisposable
{
    /// <summary>How long one attempt may take, as OpenTelemetry's exporters have it (OTEL_EXPORTER_OTLP_TIMEOUT).</summary>
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(10);

    /// <summary>How long all attempts of one export may take, if the next one is not due before.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(8);

    /// <summary>The longest time that a collector may ask to be left alone.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    /// <summary>How much of an answer is read.</summary>
    private const int MostAnswer = 4096;

    private readonly MetricsExportOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _address;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan _limit;

    // One export at a time.
    private ExportException? _last;

    public OtlpSender(MetricsExportOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        var endpoint = options.Endpoint!;
        // OTLP/HTTP, "OTLP/HTTP Request": the default path of metrics.
        _address = endpoint.AbsolutePath == "/" ? new Uri(endpoint, "v1/metrics") : endpoint;
        _limit = options.Every < MostTime ? options.Every : MostTime;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(_limit)
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                ShouldHandle = static arguments => new(arguments.Outcome.Exception is ExportException { IsRetryable: true }),
                DelayGenerator = static arguments => new((arguments.Outcome.Exception as ExportException)?.RetryAfter),
                OnRetry = arguments =>
                {
                    _last = arguments.Outcome.Exception as ExportException;
                    return default;
                },
            })
            .Build();
    }

    /// <summary>Sends metrics, several times if that may help.</summary>
    /// <exception cref="ExportException">The collector has not taken them in the time that there is.</exception>
    public async Task SendAsync(byte[] body, CancellationToken cancellationToken)
    {
        _last = null;
        try
        {
            await _pipeline.ExecuteAsync(async token => await SendOnceAsync(body, Attempt, token), cancellationToken);
        }
        catch (TimeoutRejectedException late)
        {
            throw _last ?? Late(_limit, late);
        }
    }

    /// <summary>Sends metrics once.</summary>
    /// <exception cref="ExportException">The collector has not taken them.</exception>
    public async Task SendOnceAsync(byte[] body, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in _options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            Judge(response, await ReadAsync(response, both.Token));
        }
        catch (OperationCanceledException late) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Late(limit, late);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new ExportException($"it cannot be reached: {error.GetBaseException().Message}", error) { IsRetryable = true };
        }
    }

    public void Dispose() => _client.Dispose();

    private static ExportException Late(TimeSpan limit, Exception late) =>
        new(string.Create(CultureInfo.InvariantCulture, $"it did not answer within {limit.TotalSeconds:0.#} s"), late) { IsRetryable = true };

    private void Judge(HttpResponseMessage response, string answer)
    {
        if (!response.IsSuccessStatusCode)
        {
            // OTLP/HTTP, "Retryable Response Codes".
            var mayRetry = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
            throw new ExportException($"it answered {(int)response.StatusCode}{(answer.Length > 0 ? $": {answer}" : "")}") { IsRetryable = mayRetry, RetryAfter = mayRetry ? RetryAfterOf(response) : null };
        }

        // "Partial Success": what was refused must not be sent again.
        if (RefusedIn(answer) is { } refused)
        {
            throw new ExportException(refused);
        }
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var wanted = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
        return wanted is { } pause ? TimeSpan.FromTicks(Math.Clamp(pause.Ticks, 0, LongestRetryAfter.Ticks)) : null;
    }

    private static string? RefusedIn(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("partialSuccess", out var partial) && partial.ValueKind == JsonValueKind.Object
                && partial.TryGetProperty("rejectedDataPoints", out var points) && points.ToString() is not "0" and var count)
            {
                return $"it refused {count} data points: {(partial.TryGetProperty("errorMessage", out var message) ? message.ToString() : "it does not say why")}";
            }
        }
        catch (JsonException)
        {
            // An answer may be empty or of another encoding; its status says that all was taken.
        }

        return null;
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostAnswer];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return string.Concat(Encoding.UTF8.GetString(buffer, 0, length).Select(static c => char.IsControl(c) ? ' ' : c)).Trim();
    }
}
