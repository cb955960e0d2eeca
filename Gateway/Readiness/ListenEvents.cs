using System.Collections.Immutable;

namespace Gateway.Readiness;

/// <summary>
/// A program somewhere on this machine has called listen(). <paramref name="IsWithin"/> tells whether it did so inside a
/// cgroup, named by its id (the inode of its directory in cgroup v2).
/// </summary>
public sealed record ListenEvent(long Timestamp, int Port, Func<ulong, bool> IsWithin);

/// <summary>
/// The kernel's listen() events, handed to those who wait for an instance. Without eBPF it is never
/// <see cref="Available"/> and those who wait probe instead.
/// </summary>
public sealed class ListenEvents
{
    private ImmutableArray<Action<ListenEvent>> _watchers = [];

    /// <summary>Turns the kernel's listen events on while somebody waits; set when the hooks are attached.</summary>
    public Action<bool>? Watching { get; set; }

    /// <summary>A cgroup directory's id, or null while the directory is not there.</summary>
    public Func<string, ulong?> CgroupId { get; set; } = _ => null;

    /// <summary>Whether the kernel tells of listen() in a cgroup directory, which need not be there yet; set when the hooks are attached.</summary>
    public Func<string, bool> Hears { get; set; } = _ => false;

    public bool Available => Watching is not null;

    /// <summary>
    /// Whether the event of a program in one of these cgroup directories can be relied on to come. False: nobody may wait
    /// for it; probe instead.
    /// </summary>
    public bool TellsOf(IReadOnlyList<string> cgroups) => Available && cgroups.Any(Hears);

    /// <summary>Calls back, on the ring buffer's thread, for every listen() until disposed.</summary>
    public IDisposable Subscribe(Action<ListenEvent> watcher)
    {
        ImmutableInterlocked.Update(ref _watchers, static (all, added) => all.Add(added), watcher);
        Watching?.Invoke(true);
        return new Subscription(this, watcher);
    }

    public void Publish(ListenEvent listen)
    {
        foreach (var watcher in _watchers)
        {
            watcher(listen);
        }
    }

    private sealed class Subscription(ListenEvents owner, Action<ListenEvent> watcher) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                ImmutableInterlocked.Update(ref owner._watchers, static (all, removed) => all.Remove(removed), watcher);
                owner.Watching?.Invoke(false);
            }
        }
    }
}
