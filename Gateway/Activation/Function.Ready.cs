using Gateway.Activation.Core;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Handles instances that have become ready.</summary>
internal sealed partial class Function
{
    // Completes only when the task faults, because a start that returned successfully is no reason to stop waiting for readiness.
    private static Task FaultOf(Task task)
    {
        var fault = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = task.ContinueWith(
            static (ended, state) => ((TaskCompletionSource)state!).TrySetException(ended.Exception?.InnerExceptions ?? (IEnumerable<Exception>)[new OperationCanceledException()]),
            fault,
            CancellationToken.None,
            TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return fault.Task;
    }

    // A job is ready when its program has ended as it should.
    private async Task<ReadyTimes> EndedAsync(IInstance runtime, Task started, CancellationToken cancellationToken)
    {
        await started;
        var exit = await runtime.Exited.WaitAsync(cancellationToken);
        return exit.ExitCode == 0
            ? new ReadyTimes(Listening: 0, _services.Time.GetTimestamp())
            : throw new RuntimeException($"Gateway:Functions:{Name}: its program should have ended with exit code 0: {exit.Reason}");
    }

    private void OnReady(FunctionInstance instance, ReadyTimes times)
    {
        if (instance.ColdStart is { } cold)
        {
            // The start may have had to take another container.
            cold.Instance = instance.Id;
            cold.Listening = times.Listening;
            cold.Ready = times.Ready;
        }

        Handle(new FunctionEvent.StartSucceeded(instance.Record.Key, _services.Time.GetElapsedTime(instance.StartedAt, times.Ready)));
    }

    // No caller waits for this, because the program answers already.
    private async Task TellReadyAsync(FunctionInstance instance)
    {
        try
        {
            await instance.Runtime!.ReadyAsync(CancellationToken.None);
        }
        catch (Exception error) when (instance.Runtime!.Exited.IsCompleted || error is RuntimeException)
        {
            ActivationLog.NotSettled(_services.Logger, Name, instance.Id, error.Message);
        }
    }
}
