namespace Gateway.Forwarding.Async;

/// <summary>Sees each request through to its answer.</summary>
internal sealed partial class AsyncRequests
{
    private async Task HandleAsync(AsyncRequest request, AsyncFunction function)
    {
        try
        {
            if (await delivery.DeliverAsync(request, function) is not var (answer, outcome))
            {
                if (!Ending.IsCancellationRequested)
                {
                    // Its client has given it up, or somebody has removed its file.
                    Forget(request);
                }

                return;
            }

            foreach (var oldest in function.Take(request, answer.Body.Length))
            {
                Forget(oldest);
            }

            await KeepAsync(request, answer);
            if (TryComplete(request, function, outcome))
            {
                await PostAsync(request, function, answer);
            }
        }
        catch (Exception error)
        {
            AsyncLog.Fault(logger, error, request.Function, request.Id);
            Forget(request);
            // It may have taken room after it was forgotten.
            function.Forget(request);
        }
    }

    private bool TryComplete(AsyncRequest request, AsyncFunction function, AsyncOutcome outcome)
    {
        lock (request)
        {
            if (request.Forgotten.IsCancellationRequested)
            {
                // Its client gave it up while the answer was written.
                request.Forget();
                function.Forget(request);
                return false;
            }

            metrics.Count(request.Function, outcome);
            metrics.Change(request.Function, isDone: false, by: -1);
            Complete(request, function, TimeSpan.Zero);
            return true;
        }
    }

    private void Complete(AsyncRequest request, AsyncFunction function, TimeSpan age)
    {
        request.Complete();
        metrics.Change(request.Function, isDone: true, by: +1);
        var left = function.Options.Keep - age;
        request.Expiry = time.CreateTimer(_ => Forget(request), state: null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task KeepAsync(AsyncRequest request, KeptAnswer answer)
    {
        if (await request.KeepAsync(answer) is { } reason)
        {
            AsyncLog.NotWritten(logger, request.Function, request.Id, reason);
        }
    }

    private async Task PostAsync(AsyncRequest request, AsyncFunction function, KeptAnswer answer)
    {
        if (answer.Callback is not { } callback || !await delivery.PostAsync(request, function, answer, callback))
        {
            return;
        }

        await KeepAsync(request, answer with { Callback = null });
        lock (request)
        {
            if (request.Forgotten.IsCancellationRequested)
            {
                // It was forgotten meanwhile, and is not to come back.
                request.Forget();
            }
        }
    }
}
