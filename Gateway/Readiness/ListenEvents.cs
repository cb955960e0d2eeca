using System.Collections.Immutable;

namespace Gateway.Readiness;

/// <summary>
/// A program somewhere on this machine has called listen(). <paramref name="IsWithin"/> tells whether it did so inside a
/// cgroup, named by its id (the inode of its directory in cgroup v2).
/// </summary>
internal sealed record ListenEvent(long Timestamp, int Port, Func<ulong, bool> IsWithin);

/// <summary>Where listen() events come from: the kernel's hooks.</summary>
internal interface IListenSource
{
    /// <summary>A cgroup directory's id, or null while the directory is not there.</summary>
    ulong? CgroupId(string directory);

    /// <summary>Whether the kernel tells of listen() in a cgroup directory, which need not be there yet.</summary>
    bool Hears(string directory);

    /// <summary>Has the kernel tell of listen() in these directories until the result is disposed of. Returns null if the kernel cannot.</summary>
    IDisposable? Await(IReadOnlyList<string> directories);
}

/// <summary>
/// The kernel's listen() events, handed to those who wait for an instance. Without eBPF there is no <see cref="Source"/>, and those
/// who wait probe instead.
/// </summary>
internal sealed class ListenEvents
{
    private ImmutableArray<Action<ListenEvent>> _watchers = [];

    /// <summary>Set while the hooks are attached.</summary>
    public IListenSource? Source { get; set; }

    /// <summary>A cgroup directory's id, or null while the directory is not there.</summary>
    public ulong? CgroupId(string directory) => Source?.CgroupId(directory);

    /// <summary>
    /// Whether the event of a program in one of these cgroup directories can be relied on to come. False: nobody may wait
    /// for it; probe instead.
    /// </summary>
    public bool TellsOf(IReadOnlyList<string> cgroups) => Source is { } source && cgroups.Any(source.Hears);

    /// <summary>
    /// Calls back, on the ring buffer's thread, for every listen() that is told until disposed; those in these cgroup directories
    /// are. Null where <see cref="TellsOf"/> is false.
    /// </summary>
    public IDisposable? Subscribe(IReadOnlyList<string> cgroups, Action<ListenEvent> watcher)
    {
        if (!TellsOf(cgroups))
        {
            return null;
        }

        ImmutableInterlocked.Update(ref _watchers, static (all, added) => all.Add(added), watcher);
        if (Source?.Await(cgroups) is { } wait)
        {
            return new Subscription(this, watcher, wait);
        }

        Remove(watcher);
        return null;
    }

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
