using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gateway.Lab.Processes;

/// <summary>
/// The one thread that forks. PR_SET_PDEATHSIG (prctl(2)) fires when the forking thread ends, not the process: a child
/// started from the thread pool would die with an idle pool thread.
/// </summary>
internal static class ProcessLauncher
{
    private static readonly BlockingCollection<Action> s_work = StartThread();

    internal static Process Start(ProcessStartInfo info)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        s_work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(info)!);
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var work = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
            {
                action();
            }
        });
        (thread.IsBackground, thread.Name) = (true, "lab-launcher");
        thread.Start();
        return work;
    }
}
