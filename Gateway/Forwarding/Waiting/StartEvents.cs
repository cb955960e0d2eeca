using System.Text.Json;
using Gateway.Activation;
using Gateway.Model;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Gateway.Forwarding.Waiting;

/// <summary>
/// Tells open waiting pages by server-sent events (HTML, section 9.2) how far the start is. Each of them waits for the function, so it is demand and has a place among
/// the requests that wait.
/// </summary>
/// <remarks>
/// A page asks at its own address, with a word at the end of the query. So its request finds the function by the same route as the page itself and is subject to the same policies, and no
/// path is taken from the function.
/// </remarks>
internal sealed class StartEvents(HeldRequests held, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const string Word = "headstart-start";

    /// <summary>How long nothing may be sent, since proxies close what is silent for long.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    /// <summary>How long an instance that is ready is kept for the page, which goes when it loads the service.</summary>
    private static readonly TimeSpan s_change = TimeSpan.FromSeconds(5);

    /// <summary>The time for which a function is kept for a page that has begun to load again.</summary>
    private static readonly TimeSpan s_reload = TimeSpan.FromSeconds(1);

    /// <summary>After how many milliseconds a page asks again that has lost its connection.</summary>
    private const int Reconnect = 1000;

    /// <summary>Returns whether a request asks for the events. A page of another site does not get them: the browser says where a request comes from (Fetch Metadata, section 2.3).</summary>
    public static bool IsFor(HttpRequest request) =>
        request.QueryString.Value is { Length: > 0 } query && query.EndsWith(Word, StringComparison.Ordinal) && query[^(Word.Length + 1)] is '?' or '&'
        && HttpMethods.IsGet(request.Method)
        && request.Headers.Accept is [{ } accept] && accept.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase)
        && request.Headers["Sec-Fetch-Site"] is [] or ["same-origin"];

    /// <summary>Returns where the page that answers a request asks for the events, relative to its address.</summary>
    public static string AddressFor(HttpRequest request) => request.QueryString is { HasValue: true, Value: var query } ? $"{query}&{Word}" : $"?{Word}";

    /// <summary>Answers a request for the events.</summary>
    public async Task FollowAsync(HttpContext context, Function function)
    {
        var arrived = time.GetTimestamp();
        using var place = await held.EnterAsync(context, function, arrived);
        if (place is null)
        {
            return;
        }

        // The time limit of a route is for its answers. This one is bounded by the start.
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            // nginx in front of the gateway would collect it.
            context.Response.Headers["X-Accel-Buffering"] = "no";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await TellAsync(context, function, arrived, ended.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && ended.IsCancellationRequested)
        {
            // The page was closed, or the gateway ends. Then the page asks the next one.
        }
    }

    private async Task TellAsync(HttpContext context, Function function, long arrived, CancellationToken cancellationToken)
    {
        var stream = new EventWriter(context.Response.Body);
        stream.AddRetry(Reconnect);
        var found = await WaitAsync(stream, context, function, arrived, cancellationToken);
        while (found is { Result.IsRunning: true, Kept: null } && MayKeep(function))
        {
            // It has come to rest again in this very moment.
            found = await WaitAsync(stream, context, function, arrived, cancellationToken);
        }

        if (found is { Result: var arrival })
        {
            if (arrival.IsRunning)
            {
                await TellReadyAsync(stream, function, found.Kept, cancellationToken);
                return;
            }

            // Another function may have its address by now, and the page asks again.
            if (function.IsRetired)
            {
                return;
            }

            AddFailure(Problem.StartFailed(function, arrival));
        }
        else
        {
            AddFailure(Problem.HoldTimeout(function));
        }

        await stream.SendAsync(cancellationToken);

        void AddFailure(Unavailability what) => stream.Add(
            "failed", JsonSerializer.SerializeToUtf8Bytes(new FailureView(what.Detail, what.Reason, what.Seconds, context.TraceIdentifier), StartJson.Default.FailureView));
    }

    // Returns null if the function has not started within the time that there is.
    private async Task<Arrival?> WaitAsync(EventWriter stream, HttpContext context, Function function, long arrived, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(KeptStarts.LongestOf(function), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var wait = ArriveAsync(function, HeldRequests.SignalOf(context, arrived), both.Token);
        var isTaken = false;
        try
        {
            string? told = null;
            while (!wait.IsCompleted)
            {
                var next = function.NextProgress;
                var start = StartView.Of(function);
                if (start.Phase != told)
                {
                    told = start.Phase;
                    stream.Add("start", JsonSerializer.SerializeToUtf8Bytes(start, StartJson.Default.StartView));
                    await stream.SendAsync(both.Token);
                }

                await ((Task)Task.WhenAny(wait, next)).WaitAsync(s_silence, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!wait.IsCompleted && !next.IsCompleted)
                {
                    stream.AddComment();
                    await stream.SendAsync(both.Token);
                }
            }

            var arrival = await wait;
            isTaken = true;
            return arrival;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await both.CancelAsync();
            await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!isTaken && wait.IsCompletedSuccessfully)
            {
                // The page was closed in this very moment.
                (await wait).Kept?.Release(time.GetTimestamp());
            }
        }
    }

    // The lease follows the wait without anything in between, because a function may rest as soon as nobody waits for it.
    private static async Task<Arrival> ArriveAsync(Function function, Signal signal, CancellationToken cancellationToken)
    {
        var result = await function.WaitAsync(signal, cancellationToken);
        return new Arrival(result, result.IsRunning && MayKeep(function) ? function.LeaseLeastUsed() : null);
    }

    // Where places are few, the page's own request is use enough.
    private static bool MayKeep(Function function) => function.Options.Scale.ConcurrencyLimit is null && !function.IsRetired;

    // A function that rests soon would rest before the page is back, so it is kept for that time.
    private async Task TellReadyAsync(EventWriter stream, Function function, FunctionInstance? kept, CancellationToken cancellationToken)
    {
        try
        {
            stream.Add("ready", JsonSerializer.SerializeToUtf8Bytes(StartView.Of(function) with { Phase = "ready" }, StartJson.Default.StartView));
            await stream.SendAsync(cancellationToken);
            if (kept is not null)
            {
                await Task.Delay(s_change, time, cancellationToken);
            }
        }
        finally
        {
            if (kept is not null)
            {
                _ = ReleaseAfterReloadAsync(kept);
            }
        }
    }

    // The browser closes the events as it begins to load the page again, and its request comes a moment later.
    private async Task ReleaseAfterReloadAsync(FunctionInstance kept)
    {
        try
        {
            await Task.Delay(s_reload, time, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // The gateway ends, and nothing is kept any longer.
        }
        finally
        {
            kept.Release(time.GetTimestamp());
        }
    }

    /// <param name="Result">Whether the function runs, or why not.</param>
    /// <param name="Kept">The lease that keeps it from resting until the page is back, or null if it has none.</param>
    private sealed record Arrival(WaitResult Result, FunctionInstance? Kept);
}
