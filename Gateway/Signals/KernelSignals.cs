using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf;
using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using KernelListen = Gateway.Ebpf.Hooks.ListenEvent;

namespace Gateway.Signals;

/// <summary>
/// The kernel's side of demand: tells it which addresses belong to which function and which functions are at rest, and
/// hands on what it says. Called on the ring buffer's thread, which it never blocks: a wake takes the function's lock and
/// puts the start on the pool.
/// </summary>
public sealed class KernelSignals(ListenEvents listens, ILogger<KernelSignals> logger) : IKernelEvents, IFunctionObserver, IDisposable
{
    private readonly ConcurrentDictionary<uint, Function> _functions = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Function> _atRest = [];
    private KernelHooks? _hooks;
    private KernelNames? _names;
    private bool _live;

    /// <summary>What clients asked for last; null without eBPF, or when the configuration wants none.</summary>
    public KernelClients? Clients { get; private set; }

    /// <summary>What is attached where; empty without eBPF.</summary>
    public IReadOnlyList<HookAttachment> Attachments => _hooks?.Attachments ?? [];

    public IReadOnlyList<(string Program, string Outcome, long Count)> Counters() => _hooks?.ReadCounters() ?? [];

    /// <summary>Loads and attaches the programs. Nothing wakes before <see cref="GoLive"/>.</summary>
    /// <exception cref="BpfException">The kernel's signals cannot be had, and the configuration requires them.</exception>
    public void Attach(GatewayOptions gateway)
    {
        var options = gateway.Ebpf;
        if (options.Mode == EbpfMode.Off)
        {
            KernelLog.Off(logger);
            return;
        }

        try
        {
            // Room to grow by reloads: the maps cannot.
            var size = Math.Max(65536, 2 * gateway.Functions.Count);
            var hosts = gateway.Functions.Values.Sum(function => function.Hosts.Count);
            _hooks = KernelHooks.Attach(
                new KernelHooksOptions { Xdp = Enum.Parse<XdpAttach>(options.Xdp.ToString()), Interfaces = options.Interfaces, MaxFunctions = size, MaxDestinations = size, MaxHosts = Math.Max(size, 2 * hosts), MaxClients = options.ReturningClients.Enabled ? options.ReturningClients.Remember : 0 },
                this,
                logger);
        }
        catch (BpfException error) when (options.Mode == EbpfMode.Auto)
        {
            KernelLog.Without(logger, error.Message);
            return;
        }

        _names = new KernelNames(_hooks);
        Clients = options.ReturningClients.Enabled ? _hooks.Clients : null;
        listens.CgroupId = Cgroup.IdOf;
        listens.Watching = WatchListens;
        foreach (var attachment in _hooks.Attachments)
        {
            KernelLog.Attached(logger, attachment.Interface, attachment.Mode, attachment.Why ?? "");
        }
    }

    /// <summary>From here on the kernel's signals wake.</summary>
    public void GoLive()
    {
        lock (_gate)
        {
            _live = true;
            foreach (var function in _atRest)
            {
                Arm(function);
            }
        }
    }

    /// <summary>What names which function, after the functions were made.</summary>
    public void Update(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        lock (_gate)
        {
            _names?.Write(functions, options);
        }
    }

    public void OnConnection(in ConnectionEvent e)
    {
        if (_functions.TryGetValue(e.Function, out var function))
        {
            var kind = e.Kind == Triggers.Syn ? SignalKind.Syn : SignalKind.Established;
            function.Wake(new Signal(kind, e.Timestamp, e.Remote));
        }
    }

    public void OnListen(in KernelListen e)
    {
        var listen = e;
        listens.Publish(new Readiness.ListenEvent(listen.Timestamp, listen.Port, listen.IsWithin));
    }

    public void OnInstances(Function function, IReadOnlyList<RunningInstance> running)
    {
    }

    public void OnRest(Function function, bool atRest)
    {
        lock (_gate)
        {
            if (atRest)
            {
                _functions[function.Index] = function;
                _atRest.Add(function);
                Arm(function);
            }
            else
            {
                _atRest.Remove(function);
                _hooks?.Disarm(function.Index);
            }
        }
    }

    public void Dispose()
    {
        KernelHooks? hooks;
        lock (_gate)
        {
            // Functions go on coming to rest while the gateway ends.
            (hooks, _hooks, _names, Clients, _live) = (_hooks, null, null, null, false);
            listens.Watching = null;
        }

        hooks?.Dispose();
    }

    private void WatchListens(bool begin)
    {
        if (begin)
        {
            _hooks?.ListenWatchBegin();
        }
        else
        {
            _hooks?.ListenWatchEnd();
        }
    }

    private void Arm(Function function)
    {
        if (_live)
        {
            _hooks?.Arm(function.Index, TriggersOf(function.Options.WakeOn));
        }
    }

    // Established too, where SYN is meant: the kernel tells of no SYN while it answers with SYN cookies.
    private static Triggers TriggersOf(SignalKind wakeOn) => wakeOn switch
    {
        SignalKind.Syn => Triggers.Syn | Triggers.Established,
        SignalKind.Established => Triggers.Established,
        _ => Triggers.None,
    };
}
