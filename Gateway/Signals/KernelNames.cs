using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>
/// Tells the kernel what names which function, addresses, ids inside SYNs and host names, and to which socket connections to
/// functions are steered. Writes what changed only. Not thread safe.
/// </summary>
internal sealed class KernelNames(KernelHooks hooks)
{
    private readonly Written<ListenAddress> _destinations = new(
        (listen, function) => hooks.SetDestination(listen.Address, listen.Port, function),
        listen => hooks.RemoveDestination(listen.Address, listen.Port));

    private readonly Written<ListenAddress> _steering = new(
        (listen, socket) => hooks.Steer(listen.Address, listen.Port, (SteeringSocket)socket),
        listen => hooks.StopSteering(listen.Address, listen.Port));

    private readonly Written<string> _synIds = new(hooks.SetSynId, id => hooks.RemoveSynId(id));

    private readonly Written<string> _hosts = new(hooks.SetHost, pattern => hooks.RemoveHost(pattern));

    private readonly Changes<Function, FunctionOptions> _changes = new();

    // Where another program listens, by function: asked about each time.
    private readonly Dictionary<ListenAddress, uint> _left = [];
    private IReadOnlyList<ListenAddress> _shared = [];
    private bool _failed;

    /// <returns>
    /// Addresses that another program listens on, where connections are steered: they are left to it, and asked about
    /// again the next time.
    /// </returns>
    public IReadOnlyList<ListenAddress> Write(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        // Names first: what a SYN to a shared address says must be known when the address is.
        _synIds.Write(functions.Where(function => function.Options.SynId is not null).ToDictionary(function => function.Options.SynId!, function => function.Index, StringComparer.Ordinal));
        _hosts.Write(Hosts(functions, options));
        if (_failed)
        {
            // Nobody knows how much of it was written: all of it is compared.
            _changes.Forget();
        }

        var (gone, fresh) = _changes.Look(functions, static function => function.Options);
        HashSet<ListenAddress> old = [.. gone.SelectMany(function => function.Listen), .. _shared, .. _failed ? _destinations.Keys.Concat(_steering.Keys) : []];
        var listens = new Dictionary<ListenAddress, uint>();
        foreach (var (function, its) in fresh)
        {
            foreach (var listen in its.Listen)
            {
                listens.Add(listen, function.Index);
            }
        }

        _failed = true;
        var taken = Write(old, listens, options.Shared);
        _failed = false;
        return taken;
    }

    private IReadOnlyList<ListenAddress> Write(HashSet<ListenAddress> gone, Dictionary<ListenAddress, uint> listens, IReadOnlyList<ListenAddress> shared)
    {
        foreach (var (listen, function) in _left.Where(left => !gone.Contains(left.Key)))
        {
            listens.TryAdd(listen, function);
        }

        _left.Clear();
        var taken = hooks.Steers ? TakenAddresses.Among(listens.Keys.Where(listen => !_steering.Has(listen))) : [];
        foreach (var listen in taken)
        {
            _left[listen] = listens[listen];
            listens.Remove(listen);
        }

        if (hooks.Steers)
        {
            _steering.Write(gone, listens, static (listen, _) => (uint)SocketOf(listen));
        }

        foreach (var address in shared)
        {
            listens.TryAdd(address, KernelHooks.Shared);
        }

        _destinations.Write(gone, listens, static (_, function) => function);
        _shared = shared;
        return taken;
    }

    private static Dictionary<string, uint> Hosts(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        var owners = HostNames.Owners(options);
        var indexes = owners.Count == 0 ? [] : functions.ToDictionary(function => function.Name, function => function.Index, StringComparer.OrdinalIgnoreCase);
        return owners.ToDictionary(pair => pair.Key, pair => pair.Value is { } name && indexes.TryGetValue(name, out var index) ? index : KernelHooks.Shared, StringComparer.OrdinalIgnoreCase);
    }

    private static SteeringSocket SocketOf(ListenAddress listen) => listen.IsHttps ? SteeringSocket.Tls : SteeringSocket.Plain;

    /// <summary>One kernel map, and what is in it.</summary>
    private sealed class Written<TKey>(Action<TKey, uint> set, Action<TKey> remove)
        where TKey : notnull
    {
        private readonly Dictionary<TKey, uint> _now = [];

        public IReadOnlyCollection<TKey> Keys => _now.Keys;

        public bool Has(TKey key) => _now.ContainsKey(key);

        /// <summary>Makes the map hold what is wanted and nothing else.</summary>
        public void Write(Dictionary<TKey, uint> wanted) => Write([.. _now.Keys], wanted, static (_, value) => value);

        /// <summary>Takes out each key that is gone, unless it is wanted again, and puts in what is wanted.</summary>
        public void Write(IReadOnlyCollection<TKey> gone, Dictionary<TKey, uint> wanted, Func<TKey, uint, uint> valueOf)
        {
            // An address that changes its scheme goes and comes: what goes is first.
            foreach (var key in gone)
            {
                if (!wanted.ContainsKey(key) && _now.ContainsKey(key))
                {
                    remove(key);
                    _now.Remove(key);
                }
            }

            foreach (var (key, given) in wanted)
            {
                var value = valueOf(key, given);
                if (!_now.TryGetValue(key, out var before) || before != value)
                {
                    set(key, value);
                    _now[key] = value;
                }
            }
        }
    }
}
