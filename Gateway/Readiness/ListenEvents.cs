using System.Collections.Immutable;

namespace Gateway.Readiness;

/// <summary>A program somewhere on this machine has called listen().</summary>
/// <param name="Timestamp">When it did so, by <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="Port">The port, in the program's own network namespace.</param>
/// <param name="IsWithin">Tells whether the program is inside the cgroup with this id (the inode of its directory in cgroup v2).</param>
internal sealed record ListenEvent(long Timestamp, int Port, Func<ulong, bool> IsWithin);

/// <summary>Where listen() events come from: the kernel's hooks.</summary>
internal interface IListenSource
{
    /// <summary>Returns a cgroup directory's id, or null while the directory does not exist.</summary>
    ulong? CgroupId(string directory);

    /// <summary>Returns whether the kernel reports listen() in a cgroup directory, which need not exist yet.</summary>
    bool Hears(string directory);

    /// <summary>Has the kernel report listen() in these directories until the result is disposed of. Returns null if the kernel cannot.</summary>
    IDisposable? Await(IReadOnlyList<string> directories);
}

/// <summary>
/// Hands the kernel's listen() events to those who wait for an instance. Where the kernel cannot be relied on to report them, nobody is
/// subscribed, and instances are probed instead.
/// </summary>
internal sealed class ListenEvents(IListenSource source)
{
    private ImmutableArray<Action<ListenEvent>> _watchers = [];

    /// <summary>Returns a cgroup directory's id, or null while the directory does not exist.</summary>
    public ulong? CgroupId(string directory) => source.CgroupId(directory);

    /// <summary>
    /// Calls <paramref name="watcher"/> back, on the ring buffer's thread, for every reported listen() until the result is disposed of.
    /// Those in the given cgroup directories are among them. Returns null if the kernel reports listen() in none of the directories.
    /// </summary>
    public IDisposable? Subscribe(IReadOnlyList<string> cgroups, Action<ListenEvent> watcher)
    {
        if (!cgroups.Any(source.Hears))
        {
            return null;
        }

        ImmutableInterlocked.Update(ref _watchers, static (all, added) => all.Add(added), watcher);
        if (source.Await(cgroups) is { } wait)
        {
            return new Subscription(this, watcher, wait);
        }

        Remove(watcher);
        return null;
    }

    /// <summary>Hands an event to everyone who is subscribed.</summary>
    public void Publish(ListenEvent listen)
    {
        foreach (var watcher in _watchers)
        {
            watcher(listen);
        }
    }

    private void Remove(Action<ListenEvent> watcher) =>
        ImmutableInterlocked.Update(ref _watchers, static (all, removed) => all.Remove(removed), watcher);

    private sealed class Subscription(ListenEvents owner, Action<ListenEvent> watcher, IDisposable wait) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                owner.Remove(watcher);
                wait.Dispose();
            }
        }
    }
}
