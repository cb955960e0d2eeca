using Gateway.Activation.Core;

namespace Gateway.Activation;

/// <summary>Doubt: an instance that refuses connections though its runtime says that it runs.</summary>
internal sealed partial class Function
{
    /// <summary>
    /// A request found nobody at the instance's address. It takes no new requests until it answers a probe again; streams that
    /// it has go on. If it has ended that is heard of, and it is replaced; if it stays silent for <c>Hold:Timeout</c>, it is ended.
    /// </summary>
    /// <param name="instance">One of this function's.</param>
    /// <param name="reason">What the connect met, for the log.</param>
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
            // Whoever watches its end does the rest.
            await limit.CancelAsync();
        }

        await answers.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        HandleAfterExits(new FunctionEvent.DoubtResolved(instance.Record.Key, admission, answers.IsCompletedSuccessfully));
    }

    // It may listen again by now, or it will.
    private static async Task AnswersAsync(IReadinessWatch watch, CancellationToken cancellationToken)
    {
        if (!await watch.AnswersNowAsync(cancellationToken))
        {
            await watch.WaitAsync(Task.CompletedTask, cancellationToken);
        }
    }
}
