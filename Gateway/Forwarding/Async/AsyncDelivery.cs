using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Telemetry;
using Microsoft.AspNetCore.WebUtilities;
using Polly;
using Polly.Retry;

namespace Gateway.Forwarding.Async;

/// <summary>Has a function answer a kept request: as often as its options allow, and for as long. Then the answer is posted to whom the client named.</summary>
internal sealed class AsyncDelivery : IDisposable
{
    /// <summary>How long the end of the gateway waits for what functions are answering.</summary>
    public static readonly TimeSpan LastAnswer = TimeSpan.FromSeconds(5);

    private const int CallbackAttempts = 5;
    private const string StatusHeader = "Headstart-Status";

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1), s_longestPause = TimeSpan.FromMinutes(1), s_callbackTimeout = TimeSpan.FromSeconds(10);

    private readonly Replay _replay;
    private readonly AsyncMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PostClient _callbacks;
    private readonly ResiliencePipeline<Attempt> _attempts;
    private readonly CancellationTokenSource _stopping = new(), _killed = new();
    private ITimer? _killer;

    public AsyncDelivery(Replay replay, AsyncMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<AsyncDelivery> logger)
    {
        (_replay, _metrics, _time, _logger) = (replay, metrics, time, logger);
        _callbacks = new PostClient(CallbackAttempts, s_callbackTimeout, time);
        _attempts = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                // The time is what bounds it, and the number of attempts that the function gets.
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = s_firstPause,
                MaxDelay = s_longestPause,
                ShouldHandle = static arguments => new(arguments.Outcome.Result is { IsAgain: true }),
                DelayGenerator = static arguments => new(arguments.Outcome.Result?.RetryAfter is { } after ? TimeSpan.FromTicks(Math.Clamp(after.Ticks, s_firstPause.Ticks, s_longestPause.Ticks)) : null),
            })
            .Build();
        lifetime.ApplicationStopping.Register(End);
    }

    /// <summary>Is cancelled when no more attempts begin, because the gateway ends.</summary>
    public CancellationToken Ending => _stopping.Token;

    /// <summary>Gets the answer to a request.</summary>
    /// <returns>Returns null if it is given up because nobody wants it any more or the gateway ends.</returns>
    public async Task<(KeptAnswer Answer, AsyncOutcome Outcome)?> DeliverAsync(AsyncRequest request, AsyncFunction function)
    {
        using var limit = new CancellationTokenSource(AsyncRequest.Left(function.Options, request.Accepted, _time.GetUtcNow()), _time);
        using var waits = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, request.Forgotten, _stopping.Token);
        using var sends = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, request.Forgotten, _killed.Token);
        try
        {
            var last = await _attempts.ExecuteAsync(async token => await TryAsync(request, function, token, sends.Token), waits.Token);
            return last.Replayed switch
            {
                { Answer: { } answer } => (answer, last.IsGood ? AsyncOutcome.Answered : AsyncOutcome.Failed),
                { Lack: Lack.Room } => Failed(request, StatusCodes.Status502BadGateway, "The function's answer was larger than what is kept.", "answer-too-large"),
                _ => Failed(request, StatusCodes.Status502BadGateway, "The function ended the connection without a whole answer.", "no-answer"),
            };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !request.Forgotten.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            return Failed(request, StatusCodes.Status504GatewayTimeout, "The function did not answer in the time for which the request was kept.", "async-timeout");
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Posts an answer to whom the client named.</summary>
    /// <returns>Returns whether that is over, however it went; false if the gateway ends first.</returns>
    public async Task<bool> PostAsync(AsyncRequest request, AsyncFunction function, KeptAnswer answer, Uri callback)
    {
        if (!function.Options.MayCall(callback))
        {
            // The configuration has changed since the request was accepted.
            _metrics.CountCallback(request.Function, isTaken: false);
            return true;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, request.Forgotten);
        try
        {
            await _callbacks.SendAsync(() => Message(request.Id, answer, callback), ended.Token);
            _metrics.CountCallback(request.Function, isTaken: true);
            return true;
        }
        catch (PostException error)
        {
            _metrics.CountCallback(request.Function, isTaken: false);
            // Whatever else the address has may be a secret, and a client chose it.
            AsyncLog.CallbackFailed(_logger, request.Function, request.Id, callback.IdnHost, error.Message);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _killer?.Dispose();
        _callbacks.Dispose();
        _stopping.Dispose();
        _killed.Dispose();
    }

    /// <summary>Begins no more attempts, and ends those that are under way after a while (<see cref="LastAnswer"/>).</summary>
    private void End()
    {
        _stopping.Cancel();
        _killer = _time.CreateTimer(static killed => ((CancellationTokenSource)killed!).Cancel(), _killed, LastAnswer, Timeout.InfiniteTimeSpan);
    }

    private async Task<Attempt> TryAsync(AsyncRequest request, AsyncFunction function, CancellationToken waits, CancellationToken sends)
    {
        var turns = function.Turns;
        await turns.WaitAsync(waits);
        try
        {
            KeptRequest? kept;
            try
            {
                kept = await request.ReadAsync(waits);
            }
            catch (IOException)
            {
                return new Attempt(new Replayed(null, Lack.Start), IsGood: false, IsAgain: true, RetryAfter: null);
            }

            if (kept is null)
            {
                // Somebody has removed the file.
                throw new OperationCanceledException();
            }

            request.State = AsyncState.UnderWay;
            var replayed = await _replay.SendAsync(kept, request.Attempts + 1, function.Options.MaxBody, sends);
            if (replayed.Lack is not (Lack.Start or Lack.Function))
            {
                request.Attempts++;
            }

            var isGood = replayed is { Lack: Lack.None, Answer: { } answer } && !function.Options.RetryOn.Contains(answer.Status);
            var isAgain = replayed.Lack switch
            {
                // A reload may bring a function or its route back.
                Lack.Start or Lack.Function => true,
                Lack.Room => false,
                _ => !isGood && request.Attempts < function.Options.Attempts,
            };
            return new Attempt(replayed, isGood, isAgain, RetryAfterOf(replayed.Answer));
        }
        finally
        {
            request.State = AsyncState.Waiting;
            turns.Release();
        }
    }

    private (KeptAnswer, AsyncOutcome) Failed(AsyncRequest request, int status, string detail, string reason)
    {
        AsyncLog.GivenUp(_logger, request.Function, request.Id, detail);
        var problem = new ProblemDetails("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, reason, request.Id, Start: null);
        return (new KeptAnswer(status, [new("Content-Type", ["application/problem+json"])], JsonSerializer.SerializeToUtf8Bytes(problem, ProblemJson.Default.ProblemDetails), _time.GetUtcNow(), request.Callback), AsyncOutcome.Failed);
    }

    private TimeSpan? RetryAfterOf(KeptAnswer? answer) =>
        answer?.Headers.FirstOrDefault(static header => header.Name.Equals("Retry-After", StringComparison.OrdinalIgnoreCase))?.Values is [var value]
        && RetryConditionHeaderValue.TryParse(value, out var after) && (after.Delta ?? after.Date - _time.GetUtcNow()) is { } pause && pause >= TimeSpan.Zero ? pause : null;

    private static HttpRequestMessage Message(string id, KeptAnswer answer, Uri callback)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, callback) { Content = new ByteArrayContent(answer.Body) };
        foreach (var header in answer.Headers.Where(static header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) || header.Name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)))
        {
            message.Content.Headers.TryAddWithoutValidation(header.Name, header.Values);
        }

        message.Headers.TryAddWithoutValidation(Replay.IdHeader, id);
        message.Headers.TryAddWithoutValidation(StatusHeader, answer.Status.ToString(CultureInfo.InvariantCulture));
        return message;
    }

    private sealed record Attempt(Replayed Replayed, bool IsGood, bool IsAgain, TimeSpan? RetryAfter);
}
