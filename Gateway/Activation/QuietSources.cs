using System.Collections.Concurrent;
using System.Net;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>
/// Remembers the sources whose last connection to a function was no use of it: nothing was asked of it, or only what it ignores. Their early signals wake nothing, until
/// one of them asks for something. The number is bounded, and the one that was noted the longest ago is forgotten. This class is thread-safe, and a look takes no lock.
/// </summary>
internal sealed class QuietSources
{
    /// <summary>The largest number of sources. A monitor asks from a few dozen addresses.</summary>
    public const int Most = 256;

    private readonly Lock _gate = new();
    private BoundedMap<ClientGroup, bool>? _byUse;
    private ConcurrentDictionary<ClientGroup, bool>? _sources;
    private volatile int _count;

    /// <summary>Gets whether there are none, which costs one read.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Gets all sources, those that were noted last first: IPv4 addresses, and the /64 of IPv6 ones.</summary>
    public IReadOnlyList<IPNetwork> All
    {
        get
        {
            lock (_gate)
            {
                return _byUse is null ? [] : [.. _byUse.Latest.Select(static pair => pair.Key.Network()!.Value)];
            }
        }
    }

    /// <summary>Returns whether an address is a source's.</summary>
    public bool Has(IPAddress? address) => _count > 0 && address is not null && Volatile.Read(ref _sources)!.ContainsKey(ClientGroup.Of(address));

    /// <summary>Notes a source.</summary>
    /// <returns>Returns whether it is a new one.</returns>
    public bool Note(IPAddress address)
    {
        var source = ClientGroup.Of(address);
        lock (_gate)
        {
            _byUse ??= new BoundedMap<ClientGroup, bool>(Most);
            var sources = _sources ?? new ConcurrentDictionary<ClientGroup, bool>();
            Volatile.Write(ref _sources, sources);
            _byUse.GetOrAdd(source, static () => true, static _ => true, (forgotten, _) => sources.TryRemove(forgotten, out _));
            var isNew = sources.TryAdd(source, true);
            _count = _byUse.Count;
            return isNew;
        }
    }

    /// <summary>Forgets a source.</summary>
    /// <returns>Returns whether it was there.</returns>
    public bool Forget(IPAddress? address)
    {
        if (!Has(address))
        {
            return false;
        }

        var source = ClientGroup.Of(address);
        lock (_gate)
        {
            _byUse!.Remove(source);
            _count = _byUse.Count;
            return _sources!.TryRemove(source, out _);
        }
    }
}
