namespace Gateway.Runtimes.Process;

/// <summary>Waits for changes of a cgroup's <c>cgroup.events</c>, of which the kernel notifies watchers (cgroup-v2.rst).</summary>
internal static class CgroupEvents
{
    // A notification may be lost when inotify's queue is full.
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(1);

    // There are no notifications if the user has no watcher left (fs.inotify.max_user_instances, 128 by default).
    private static readonly TimeSpan LookUntold = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until the condition holds. It is checked now and after every notification.</summary>
    public static async Task WaitAsync(string directory, Func<bool> condition, TimeProvider time, CancellationToken cancellationToken)
    {
        if (condition())
        {
            return;
        }

        // Not disposed, because a notification may still be on its way when the watcher is gone.
        var changed = new SemaphoreSlim(0);
        using var watcher = TryWatch(directory, changed);
        while (!condition())
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, watcher is null ? LookUntold : LookAnyway, Timeout.InfiniteTimeSpan);
            await changed.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static FileSystemWatcher? TryWatch(string directory, SemaphoreSlim changed)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(directory, "cgroup.events") { NotifyFilter = NotifyFilters.LastWrite };
            watcher.Changed += (_, _) => changed.Release();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception error) when (error is IOException or ArgumentException)
        {
            // There are no watchers left, or the directory has just gone.
            watcher?.Dispose();
            return null;
        }
    }
}
