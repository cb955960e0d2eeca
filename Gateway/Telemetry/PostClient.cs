using System.Globalization;
using System.Net;
using Polly;
using Polly.Retry;

namespace Gateway.Telemetry;

/// <summary>Posts something to receivers, and again until they take it.</summary>
internal sealed class PostClient : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>The longest time that a receiver may ask to be left alone.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), ActivityHeadersPropagator = null })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <param name="attempts">How often something is sent until the receiver takes it, 1 or more.</param>
    /// <param name="timeout">How long one attempt may take.</param>
    /// <param name="time">The clock.</param>
    public PostClient(int attempts, TimeSpan timeout, TimeProvider time)
    {
        (_timeout, _time) = (timeout, time);
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (attempts > 1)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                ShouldHandle = static arguments => new(arguments.Outcome.Exception is PostException { IsGone: false }),
                DelayGenerator = static arguments => new((arguments.Outcome.Exception as PostException)?.RetryAfter),
            });
        }

        _pipeline = builder.Build();
    }

    /// <summary>Sends something as often as it takes and is allowed.</summary>
    /// <param name="make">Makes the request of an attempt.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <exception cref="PostException">The receiver has not taken it.</exception>
    public async Task SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(async token => await SendOnceAsync(make, token), cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task SendOnceAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = make();
        try
        {
            // What is answered besides the status is nobody's business.
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new PostException($"it answered {(int)response.StatusCode}") { IsGone = response.StatusCode == HttpStatusCode.Gone, RetryAfter = RetryAfterOf(response) };
            }
        }
        catch (OperationCanceledException late) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new PostException(string.Create(CultureInfo.InvariantCulture, $"it did not answer within {_timeout.TotalSeconds:0.#} s"), late);
        }
        catch (HttpRequestException error)
        {
            throw new PostException($"it cannot be reached: {error.GetBaseException().Message}", error);
        }
        catch (IOException error)
        {
            throw new PostException("the connection broke off", error);
        }
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var wanted = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
        return wanted is { } pause ? TimeSpan.FromTicks(Math.Clamp(pause.Ticks, 0, LongestRetryAfter.Ticks)) : null;
    }
}

/// <summary>A receiver did not take what was posted. The message says why, as the rest of a sentence that begins with "it".</summary>
internal sealed class PostException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the receiver wants nothing more at all (410).</summary>
    public bool IsGone { get; init; }

    /// <summary>How long the receiver wants to be left alone; null if it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
