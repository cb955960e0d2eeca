using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>Tells the kernel what names which function: addresses, ids inside SYNs, host names. Writes what changed only. Not thread safe.</summary>
internal sealed class KernelNames(KernelHooks hooks)
{
    private readonly Written<ListenAddress> _destinations = new(
        (listen, function) => hooks.SetDestination(listen.Address, listen.Port, function),
        listen => hooks.RemoveDestination(listen.Address, listen.Port));

    private readonly Written<string> _synIds = new(hooks.SetSynId, id => hooks.RemoveSynId(id));

    private readonly Written<string> _hosts = new(hooks.SetHost, pattern => hooks.RemoveHost(pattern));

    public void Write(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        // Names first: what a SYN to a shared address says must be known when the address is.
        _synIds.Write(functions.Where(function => function.Options.SynId is not null).ToDictionary(function => function.Options.SynId!, function => function.Index, StringComparer.Ordinal));
        var indexes = functions.ToDictionary(function => function.Name, function => function.Index, StringComparer.OrdinalIgnoreCase);
        _hosts.Write(HostNames.Owners(options).ToDictionary(pair => pair.Key, pair => pair.Value is { } name && indexes.TryGetValue(name, out var index) ? index : KernelHooks.Shared, StringComparer.OrdinalIgnoreCase));
        var destinations = functions.SelectMany(function => function.Options.Listen.Select(listen => (listen, function.Index)))
            .Concat(options.Shared.Select(listen => (listen, KernelHooks.Shared)));
        _destinations.Write(destinations.ToDictionary(pair => pair.listen, pair => pair.Item2));
    }

    /// <summary>One kernel map, and what is in it.</summary>
    private sealed class Written<TKey>(Action<TKey, uint> set, Action<TKey> remove)
        where TKey : notnull
    {
        private Dictionary<TKey, uint> _now = [];

        public void Write(Dictionary<TKey, uint> wanted)
        {
            foreach (var gone in _now.Keys.Where(key => !wanted.ContainsKey(key)))
            {
                remove(gone);
            }

            foreach (var (key, function) in wanted)
            {
                if (!_now.TryGetValue(key, out var before) || before != function)
                {
                    set(key, function);
                }
            }

            _now = wanted;
        }
    }
}
