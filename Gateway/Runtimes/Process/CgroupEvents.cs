namespace Gateway.Runtimes.Process;

/// <summary>Waits for what a cgroup's <c>cgroup.events</c> tells: the kernel notifies its watchers (cgroup-v2.rst).</summary>
internal static class CgroupEvents
{
    // In case a notification is lost (inotify's queue is full).
    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(1);

    // Where the user's watchers are used up (fs.inotify.max_user_instances, 128 by default) nobody tells.
    private static readonly TimeSpan LookUntold = TimeSpan.FromMilliseconds(5);

    /// <summary>Returns once the condition holds; it is asked now and after every notification.</summary>
    public static async Task WaitAsync(string directory, Func<bool> condition, TimeProvider time, CancellationToken cancellationToken)
    {
        if (condition())
        {
            return;
        }

        // Not disposed: a notification may still be on its way when the watcher is gone.
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
        var watcher = new FileSystemWatcher(directory, "cgroup.events") { NotifyFilter = NotifyFilters.LastWrite };
        try
        {
            watcher.Changed += (_, _) => changed.Release();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException)
        {
            watcher.Dispose();
            return null;
        }
    }
}
