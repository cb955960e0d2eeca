using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Doubt: an instance that refuses connections though its runtime says that it runs.</summary>
internal sealed partial class Function
{
    private const string Silent = "It no longer takes connections.";

    /// <summary>
    /// A request found nobody at the instance's address. It takes no new requests until it answers a probe again; streams that
    /// it has go on. If it has ended that is heard of, and it is replaced; if it stays silent for <c>Hold:Timeout</c>, it is ended.
    /// </summary>
    /// <param name="instance">One of this function's.</param>
    /// <param name="reason">What the connect met, for the log.</param>
    public void Doubt(FunctionInstance instance, string reason)
    {
        lock (_gate)
        {
            if (_retired || instance.State != InstanceState.Running)
            {
                return;
            }

            instance.State = InstanceState.Doubted;
            instance.Shut();
            Publish();
        }

        ActivationLog.Doubted(_services.Logger, Name, instance.Id, reason);
        _ = Task.Run(() => AskAgainAsync(instance));
    }

    private async Task AskAgainAsync(FunctionInstance instance)
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
        Decide(instance, answers.IsCompletedSuccessfully);
    }

    // It may listen again by now, or it will.
    private static async Task AnswersAsync(IReadinessWatch watch, CancellationToken cancellationToken)
    {
        if (!await watch.AnswersNowAsync(cancellationToken))
        {
            await watch.WaitAsync(Task.CompletedTask, cancellationToken);
        }
    }

    private void Decide(FunctionInstance instance, bool answers)
    {
        lock (_gate)
        {
            // Put to rest, replaced or ended meanwhile.
            if (instance.State != InstanceState.Doubted || instance.Runtime!.Exited.IsCompleted)
            {
                return;
            }

            if (answers)
            {
                Admit(instance, _services.Time.GetTimestamp());
            }
            else
            {
                _ = BeginRest(instance, Tier.Stopped, Silent, DrainedAsync(instance, FunctionRegistry.DrainTime));
            }
        }
    }
}
