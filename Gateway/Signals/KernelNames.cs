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

    /// <returns>
    /// Addresses that another program listens on, where connections are steered: they are left to it, and asked about
    /// again the next time.
    /// </returns>
    public IReadOnlyList<ListenAddress> Write(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        // Names first: what a SYN to a shared address says must be known when the address is.
        _synIds.Write(functions.Where(function => function.Options.SynId is not null).ToDictionary(function => function.Options.SynId!, function => function.Index, StringComparer.Ordinal));
        _hosts.Write(Hosts(functions, options));
        var listens = Listens(functions);
        var taken = hooks.Steers ? TakenAddresses.Among(listens.Keys.Where(listen => !_steering.Has(listen))) : [];
        foreach (var listen in taken)
        {
            listens.Remove(listen);
        }

        if (hooks.Steers)
        {
            _steering.Write(listens, static (listen, _) => (uint)SocketOf(listen));
        }

        foreach (var shared in options.Shared)
        {
            listens.TryAdd(shared, KernelHooks.Shared);
        }

        _destinations.Write(listens);
        return taken;
    }

    private static Dictionary<string, uint> Hosts(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        var owners = HostNames.Owners(options);
        var indexes = owners.Count == 0 ? [] : functions.ToDictionary(function => function.Name, function => function.Index, StringComparer.OrdinalIgnoreCase);
        return owners.ToDictionary(pair => pair.Key, pair => pair.Value is { } name && indexes.TryGetValue(name, out var index) ? index : KernelHooks.Shared, StringComparer.OrdinalIgnoreCase);
    }

    private static Dictionary<ListenAddress, uint> Listens(IReadOnlyCollection<Function> functions)
    {
        var listens = new Dictionary<ListenAddress, uint>(functions.Count);
        foreach (var function in functions)
        {
            foreach (var listen in function.Options.Listen)
            {
                listens.Add(listen, function.Index);
            }
        }

        return listens;
    }

    private static SteeringSocket SocketOf(ListenAddress listen) => listen.IsHttps ? SteeringSocket.Tls : SteeringSocket.Plain;

    /// <summary>One kernel map, and what is in it.</summary>
    private sealed class Written<TKey>(Action<TKey, uint> set, Action<TKey> remove)
        where TKey : notnull
    {
        private readonly Dictionary<TKey, uint> _now = [];

        public bool Has(TKey key) => _now.ContainsKey(key);

        // An address that changes its scheme goes and comes: what goes is first.
        public void Write(Dictionary<TKey, uint> wanted, Func<TKey, uint, uint>? valueOf = null)
        {
            foreach (var gone in _now.Keys.Where(key => !wanted.ContainsKey(key)).ToArray())
            {
                remove(gone);
                _now.Remove(gone);
            }

            foreach (var (key, given) in wanted)
            {
                var value = valueOf?.Invoke(key, given) ?? given;
                if (!_now.TryGetValue(key, out var before) || before != value)
                {
                    set(key, value);
                    _now[key] = value;
                }
            }
        }
    }
}
