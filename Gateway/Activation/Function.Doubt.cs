using Gateway.Activation.Core;

namespace Gateway.Activation;

/// <summary>Handles doubt about an instance that refuses connections though its runtime says that it runs.</summary>
internal sealed partial class Function
{
    /// <summary>
    /// Doubts an instance that did not accept a request's connection. It takes no new requests until it answers a probe again; its open
    /// streams go on. If its program has ended, it is replaced; if it stays silent for <c>Hold:Timeout</c>, it is ended.
    /// </summary>
    /// <param name="instance">An instance of this function.</param>
    /// <param name="reason">How the connection failed, for the log.</param>
    public void Doubt(FunctionInstance instance, string reason) => Handle(new FunctionEvent.Doubted(instance.Record.Key, reason));

    private async Task AskAgainAsync(FunctionInstance instance, int admission)
    {
        var runtime = instance.Runtime!;
        using var timeout = new CancellationTokenSource(instance.Options.Hold.Timeout, _services.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token);
        using var watch = _services.Readiness.Watch(runtime, instance.Options);
        var answers = AnswersAsync(watch, limit.Token);
        if (await Task.WhenAny(answers, runtime.Exited) == runtime.Exited)
        {
            // WatchExit handles the end of the program.
            await limit.CancelAsync();
        }

        await answers.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        HandleAfterExits(new FunctionEvent.DoubtResolved(instance.Record.Key, admission, answers.IsCompletedSuccessfully));
    }

    // The instance may listen again by now, in which case no event tells of it.
    private static async Task AnswersAsync(IReadinessWatch watch, CancellationToken cancellationToken)
    {
        if (!await watch.AnswersNowAsync(cancellationToken))
        {
            await watch.WaitAsync(Task.CompletedTask, cancellationToken);
        }
    }
}
