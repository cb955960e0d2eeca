using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Tells those who wait how far the start is.</summary>
internal sealed partial class Function
{
    private TaskCompletionSource? _nextProgress;

    /// <summary>Gets a task that completes when <see cref="Progress"/> may have changed. It is to be taken before that is read.</summary>
    public Task NextProgress
    {
        get
        {
            if (Volatile.Read(ref _nextProgress) is { } awaited)
            {
                return awaited.Task;
            }

            var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _nextProgress, made, null) ?? made).Task;
        }
    }

    /// <summary>Gets how far the start is for which requests wait.</summary>
    public StartProgress Progress
    {
        get
        {
            if (Running.Count > 0)
            {
                return new StartProgress(StartPhase.Ready, TimeSpan.Zero);
            }

            return PendingColdStart switch
            {
                { Wake: > 0 and var begun } cold => new StartProgress(cold.IsListening ? StartPhase.Listening : StartPhase.Starting, _services.Time.GetElapsedTime(begun)),
                // Of a start that no signal asked for there is no timeline.
                null when Volatile.Read(ref _core).Active > 0 => new StartProgress(StartPhase.Starting, TimeSpan.Zero),
                _ => new StartProgress(StartPhase.Waiting, TimeSpan.Zero),
            };
        }
    }

    private void NoteListening(ColdStart? cold, IReadinessWatch watch)
    {
        if (cold is not null)
        {
            // Nobody is kept waiting: the kernel's thread completes the task, and its continuations run on others.
            _ = watch.Listening.ContinueWith(
                _ =>
                {
                    cold.IsListening = true;
                    TellProgress();
                },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
        }
    }

    private void TellProgress() => Interlocked.Exchange(ref _nextProgress, null)?.TrySetResult();
}

/// <summary>How far a start is, and how long it has taken so far.</summary>
internal readonly record struct StartProgress(StartPhase Phase, TimeSpan Elapsed);

/// <summary>The part of a start that is under way.</summary>
internal enum StartPhase
{
    /// <summary>It has not begun: others have their turn first, or what ran before is still ending.</summary>
    Waiting,

    /// <summary>The program is being started and does not listen yet, or nobody tells whether it does.</summary>
    Starting,

    /// <summary>The program listens, and has yet to answer.</summary>
    Listening,

    /// <summary>The function answers.</summary>
    Ready,
}
