namespace Gateway.Runtimes.Process;

/// <summary>Waits for what a cgroup's <c>cgroup.events</c> tells: the kernel notifies its watchers (cgroup-v2.rst).</summary>
internal static class CgroupEvents
{
    // In case a notification is lost (inotify's queue is full).
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(1);

    /// <summary>Returns once the condition holds; it is asked now and after every notification.</summary>
    public static async Task WaitAsync(string directory, Func<bool> condition, TimeProvider time, CancellationToken cancellationToken)
    {
        if (condition())
        {
            return;
        }

        using var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(directory, "cgroup.events") { NotifyFilter = NotifyFilters.LastWrite };
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        while (!condition())
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, LookAnyway, Timeout.InfiniteTimeSpan);
            await changed.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
