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
    private Dictionary<ListenAddress, uint> _destinations = [];
    private KernelHooks? _hooks;
    private bool _live;

    /// <summary>What is attached where; empty without eBPF.</summary>
    public IReadOnlyList<HookAttachment> Attachments => _hooks?.Attachments ?? [];

    public IReadOnlyList<(string Program, string Outcome, long Count)> Counters() => _hooks?.ReadCounters() ?? [];

    /// <summary>Loads and attaches the programs. Nothing wakes before <see cref="GoLive"/>.</summary>
    /// <exception cref="BpfException">The kernel's signals cannot be had, and the configuration requires them.</exception>
    public void Attach(EbpfOptions options, int functions)
    {
        if (options.Mode == EbpfMode.Off)
        {
            KernelLog.Off(logger);
            return;
        }

        try
        {
            var size = Math.Max(65536, 2 * functions);
            _hooks = KernelHooks.Attach(
                new KernelHooksOptions { Xdp = Enum.Parse<XdpAttach>(options.Xdp.ToString()), Interfaces = options.Interfaces, MaxFunctions = size, MaxDestinations = size },
                this,
                logger);
        }
        catch (BpfException error) when (options.Mode == EbpfMode.Auto)
        {
            KernelLog.Without(logger, error.Message);
            return;
        }

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

    /// <summary>Which addresses are whose, after the functions were made.</summary>
    public void Update(IEnumerable<Function> functions)
    {
        if (_hooks is null)
        {
            return;
        }

        var wanted = functions.SelectMany(function => function.Options.Listen.Select(listen => (listen, function.Index))).ToDictionary(pair => pair.listen, pair => pair.Index);
        lock (_gate)
        {
            foreach (var gone in _destinations.Keys.Where(listen => !wanted.ContainsKey(listen)))
            {
                _hooks.RemoveDestination(gone.Address, gone.Port);
            }

            foreach (var (listen, index) in wanted)
            {
                if (!_destinations.TryGetValue(listen, out var before) || before != index)
                {
                    _hooks.SetDestination(listen.Address, listen.Port, index);
                }
            }

            _destinations = wanted;
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
        lock (_gate)
        {
            _live = false;
            listens.Watching = null;
        }

        _hooks?.Dispose();
    }

    private void WatchListens(bool begin)
    {
        if (begin)
        {
            _hooks!.ListenWatchBegin();
        }
        else
        {
            _hooks!.ListenWatchEnd();
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
