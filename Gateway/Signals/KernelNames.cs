using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>
/// Writes into the kernel's maps which addresses, ids inside SYNs and host names belong to which function, and to which socket connections are
/// steered. Only changes are written. Not thread safe.
/// </summary>
internal sealed class KernelNames(KernelHooks hooks)
{
    private readonly WrittenMap<ListenAddress> _destinations = new(
        (listen, function) => hooks.SetDestination(listen.Address, listen.Port, function),
        listen => hooks.RemoveDestination(listen.Address, listen.Port));

    private readonly WrittenMap<ListenAddress> _steering = new(
        (listen, socket) => hooks.Steer(listen.Address, listen.Port, (SteeringSocket)socket),
        listen => hooks.StopSteering(listen.Address, listen.Port));

    private readonly WrittenMap<string> _synIds = new(hooks.SetSynId, id => hooks.RemoveSynId(id));

    private readonly WrittenMap<string> _hosts = new(hooks.SetHost, pattern => hooks.RemoveHost(pattern));

    private readonly KernelAccessLists _access = new(hooks.Access);

    private readonly Changes<Function, FunctionOptions> _changes = new();

    // Addresses that were left to another program, by function. Each time it is checked whether that one has gone.
    private readonly Dictionary<ListenAddress, uint> _leftToOthers = [];
    private IReadOnlyList<ListenAddress> _shared = [];
    private bool _failed;

    /// <summary>Writes anew who may wake a function.</summary>
    public void WriteAccess(Function function) => _access.Write(function);

    /// <returns>
    /// Returns the addresses that another program listens on, if connections are steered. They are left to it, and checked again the next time.
    /// </returns>
    public IReadOnlyList<ListenAddress> Write(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        // The lists are written first: nothing leads to a function before it is known who may wake it.
        _access.Write(functions, options);

        // Names are written before addresses: once a shared address is known, a SYN to it may name a function.
        _synIds.Write(functions.Where(function => function.Options.SynId is not null).ToDictionary(function => function.Options.SynId!, function => function.Index, StringComparer.Ordinal));
        _hosts.Write(Hosts(functions, options));
        if (_failed)
        {
            // It is not known how much of the last change was written, so everything is compared.
            _changes.Forget();
        }

        var (gone, fresh) = _changes.Compare(functions, static function => function.Options);
        HashSet<ListenAddress> old = [.. gone.SelectMany(function => function.Listen), .. _shared, .. _failed ? _destinations.Keys.Concat(_steering.Keys) : []];
        var listens = new Dictionary<ListenAddress, uint>();
        foreach (var (function, current) in fresh)
        {
            foreach (var listen in current.OwnListen)
            {
                listens.Add(listen, function.Index);
            }
        }

        _failed = true;
        var taken = Write(old, listens, [.. options.Shared.Concat(options.Functions.Values.SelectMany(function => function.NamedListen)).Distinct()]);
        _failed = false;
        return taken;
    }

    private IReadOnlyList<ListenAddress> Write(HashSet<ListenAddress> gone, Dictionary<ListenAddress, uint> listens, IReadOnlyList<ListenAddress> shared)
    {
        foreach (var (listen, function) in _leftToOthers.Where(left => !gone.Contains(left.Key)))
        {
            listens.TryAdd(listen, function);
        }

        _leftToOthers.Clear();
        var taken = hooks.Steers ? TakenAddresses.Among(listens.Keys.Where(listen => !_steering.Has(listen))) : [];
        foreach (var listen in taken)
        {
            _leftToOthers[listen] = listens[listen];
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

    /// <summary>Returns whether connections to an address are steered.</summary>
    public bool IsSteered(ListenAddress listen) => _steering.Has(listen);

    /// <summary>Returns which of the gateway's sockets takes connections to an address.</summary>
    public static SteeringSocket SocketOf(ListenAddress listen) => listen.IsHttps ? SteeringSocket.Tls : SteeringSocket.Plain;

    /// <summary>One map of the kernel, with a copy of what was written into it.</summary>
    private sealed class WrittenMap<TKey>(Action<TKey, uint> set, Action<TKey> remove)
        where TKey : notnull
    {
        private readonly Dictionary<TKey, uint> _now = [];

        public IReadOnlyCollection<TKey> Keys => _now.Keys;

        public bool Has(TKey key) => _now.ContainsKey(key);

        /// <summary>Makes the map hold the wanted entries and no others.</summary>
        public void Write(Dictionary<TKey, uint> wanted) => Write([.. _now.Keys], wanted, static (_, value) => value);

        /// <summary>Removes each key that is gone, unless it is wanted again, and sets the wanted entries.</summary>
        public void Write(IReadOnlyCollection<TKey> gone, Dictionary<TKey, uint> wanted, Func<TKey, uint, uint> valueOf)
        {
            // An address whose scheme changes is both gone and wanted, so removals come first.
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
