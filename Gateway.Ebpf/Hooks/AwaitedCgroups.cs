using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Tells the kernel in which cgroups listen() is awaited. The kernel knows a cgroup by its id. A cgroup that does not exist yet has none, so
/// the nearest existing directory above it is written, and listen() in any cgroup made below that one is reported. Thread safe.
/// </summary>
internal sealed class AwaitedCgroups(BpfHashMap<ulong, uint> map, BpfMappedArray watch)
{
    /// <summary>HS_AWAITED_ITSELF</summary>
    internal const uint Itself = 1;

    /// <summary>HS_AWAITED_BELOW</summary>
    internal const uint Below = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, (int Itself, int Below)> _waits = [];

    /// <summary>Has the kernel report listen() in these directories of cgroup v2 until the result is disposed of. It takes a few system calls.</summary>
    /// <exception cref="BpfException">E2BIG: more starts wait than the map has room for.</exception>
    internal IDisposable Await(IReadOnlyList<string> directories)
    {
        var entries = directories.Select(Resolve).OfType<Entry>().Distinct().ToArray();
        lock (_gate)
        {
            var written = 0;
            try
            {
                for (; written < entries.Length; written++)
                {
                    AddWaits(entries[written], 1);
                }
            }
            catch
            {
                Release(entries[..written]);
                throw;
            }
            watch.Add(0, 1); // The last step: from here on the kernel looks cgroups up.
        }
        return new Wait(this, entries);
    }

    private static Entry? Resolve(string directory)
    {
        if (Cgroup.IdOf(directory) is { } own)
        {
            return new Entry(own, Itself);
        }
        var above = Path.GetDirectoryName(directory);
        while (!string.IsNullOrEmpty(above))
        {
            if (Cgroup.IdOf(above) is { } id)
            {
                return new Entry(id, Below);
            }
            above = Path.GetDirectoryName(above);
        }
        return null;
    }

    private void AddWaits(Entry entry, int count)
    {
        var waits = _waits.GetValueOrDefault(entry.Cgroup);
        waits = entry.Bit == Itself ? waits with { Itself = waits.Itself + count } : waits with { Below = waits.Below + count };
        var bits = (waits.Itself > 0 ? Itself : 0) | (waits.Below > 0 ? Below : 0);
        if (bits == 0)
        {
            map.Remove(entry.Cgroup);
            _waits.Remove(entry.Cgroup);
            return;
        }
        map.Set(entry.Cgroup, bits);
        _waits[entry.Cgroup] = waits;
    }

    private void End(Entry[] entries)
    {
        lock (_gate)
        {
            try
            {
                watch.Add(0, -1);
                Release(entries);
            }
            catch (ObjectDisposedException)
            {
                // The hooks were disposed of first, and the maps with them.
            }
        }
    }

    private void Release(Entry[] entries)
    {
        foreach (var entry in entries)
        {
            AddWaits(entry, -1);
        }
    }

    private readonly record struct Entry(ulong Cgroup, uint Bit);

    private sealed class Wait(AwaitedCgroups owner, Entry[] entries) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                owner.End(entries);
            }
        }
    }
}
