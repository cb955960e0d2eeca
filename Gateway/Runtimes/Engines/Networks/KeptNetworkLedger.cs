using System.Net;

namespace Gateway.Runtimes.Engines.Networks;

/// <summary>
/// Knows which networks are kept on one engine, by which containers they are used, and whether they stand. This class is thread-safe, and makes no calls.
/// </summary>
/// <param name="most">How many may be kept.</param>
internal sealed class KeptNetworkLedger(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KeptNetwork> _kept = [];

    // Networks that are being made.
    private int _making;

    /// <summary>Gets how many may be kept.</summary>
    public int Most => most;

    /// <summary>Gets whether one more may be kept.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _kept.Count + _making < most;
            }
        }
    }

    /// <summary>Counts a network that is about to be made. Returns false if there are as many as may be.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            var enters = _kept.Count + _making < most;
            _making += enters ? 1 : 0;
            return enters;
        }
    }

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    /// <param name="made">The id of the container that keeps the network, or null if there is none. A container of the function is about to be made on it.</param>
    public void Leave(string? made, string function, string hash)
    {
        lock (_lock)
        {
            _making--;
            if (made is not null)
            {
                _kept[made] = new KeptNetwork(function, hash) { User = KeptNetwork.Coming };
            }
        }
    }

    /// <summary>Takes a network of the function that no container uses, for one that is about to be made. Returns null if there is none.</summary>
    public string? TryTake(string function, string hash)
    {
        lock (_lock)
        {
            foreach (var (id, kept) in _kept)
            {
                if (kept is { User: null, IsSpoiled: false } && kept.Hash == hash && kept.IsOf(function))
                {
                    kept.User = KeptNetwork.Coming;
                    return id;
                }
            }

            return null;
        }
    }

    /// <summary>Notes the container that was made on a network that was taken, or null if it could not be made.</summary>
    public void Join(string network, string? container)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(network, out var kept))
            {
                kept.User = container;
            }
        }
    }

    /// <summary>Notes that a container is gone. Returns true if its network is used by nobody now.</summary>
    public bool Free(string container)
    {
        lock (_lock)
        {
            foreach (var kept in _kept.Values.Where(kept => kept.User == container))
            {
                kept.User = null;
                return true;
            }

            return false;
        }
    }

    /// <summary>Returns true if the network is kept for that hash.</summary>
    public bool Fits(string network, string hash)
    {
        lock (_lock)
        {
            return _kept.TryGetValue(network, out var kept) && !kept.IsSpoiled && kept.Hash == hash;
        }
    }

    /// <summary>Returns the function of a network, or null if it is not known.</summary>
    public string? FunctionOf(string network)
    {
        lock (_lock)
        {
            return _kept.TryGetValue(network, out var kept) ? kept.Function : null;
        }
    }

    /// <summary>Returns the container that uses a network, or null if none does.</summary>
    public string? UserOf(string network)
    {
        lock (_lock)
        {
            return _kept.TryGetValue(network, out var kept) && kept.User is { Length: > 0 } user ? user : null;
        }
    }

    /// <summary>Notes that the network stands, at that address.</summary>
    public void Stands(string network, IPAddress? address)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(network, out var kept))
            {
                kept.Note(stands: true, address);
            }
        }
    }

    /// <summary>Notes that the network may not stand any more, or at another address.</summary>
    public void Doubt(string network)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(network, out var kept))
            {
                kept.Note(stands: false, address: null);
            }
        }
    }

    /// <summary>Returns true if a network that was lost may be made again ahead of its use, which is so once in a while.</summary>
    public bool TryRestore(string network, TimeProvider time, TimeSpan every)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(network, out var kept) || (kept.RestoredAt is { } last && time.GetElapsedTime(last) < every))
            {
                return false;
            }

            kept.RestoredAt = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Returns whether the network stands as far as is known, and its address if that is known too.</summary>
    public (bool Stands, IPAddress? Address) Find(string network)
    {
        lock (_lock)
        {
            return _kept.TryGetValue(network, out var kept) ? (kept.Stands, kept.Address) : default;
        }
    }

    /// <summary>Brings what is known of a function in line with what the engine has.</summary>
    /// <returns>Returns the networks that are used and of which it is not known that they stand.</returns>
    public IReadOnlyList<string> Learn(string function, ContainerListing listing)
    {
        var users = listing.ByNetwork();
        lock (_lock)
        {
            var before = _kept.Where(pair => pair.Value.IsOf(function)).ToDictionary();
            foreach (var gone in before.Keys)
            {
                _kept.Remove(gone);
            }

            foreach (var found in listing.Networks)
            {
                var kept = before.TryGetValue(found.ID, out var known) ? known : new KeptNetwork(function, ContainerLabels.KeptHashOf(found.Labels));
                kept.User = users.GetValueOrDefault(found.ID);
                if (found.State is not ("running" or "paused"))
                {
                    kept.Note(stands: false, address: null);
                }

                _kept[found.ID] = kept;
            }

            return [.. listing.Networks.Select(found => found.ID).Where(id => _kept[id] is { User: not null, Stands: false })];
        }
    }

    /// <summary>Notes networks that are not known yet. Known ones stay as they are.</summary>
    public void LearnNew(ContainerListing listing)
    {
        var users = listing.ByNetwork();
        lock (_lock)
        {
            foreach (var found in listing.Networks)
            {
                _kept.TryAdd(found.ID, new KeptNetwork(ContainerLabels.KeeperOf(found.Labels)!, ContainerLabels.KeptHashOf(found.Labels)) { User = users.GetValueOrDefault(found.ID) });
            }
        }
    }

    /// <summary>Notes that a network's container cannot be started, so that no container is made on it any more.</summary>
    public void Spoil(string network)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(network, out var kept))
            {
                kept.IsSpoiled = true;
            }
        }
    }

    /// <summary>Forgets a network that the engine no longer has.</summary>
    public void Forget(string network)
    {
        lock (_lock)
        {
            _kept.Remove(network);
        }
    }

    /// <summary>Forgets the networks of a function that no container uses, and returns them.</summary>
    public IReadOnlyList<string> ForgetUnused(string function)
    {
        lock (_lock)
        {
            string[] unused = [.. _kept.Where(pair => pair.Value.User is null && pair.Value.IsOf(function)).Select(pair => pair.Key)];
            Array.ForEach(unused, network => _kept.Remove(network));
            return unused;
        }
    }
}
