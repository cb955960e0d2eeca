using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using LibBpf;
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
    private string _told = "";
    private bool _live;

    /// <summary>What clients asked for last; null without eBPF, or when the configuration wants none.</summary>
    public KernelClients? Clients { get; private set; }

    /// <summary>What is attached where; empty without eBPF.</summary>
    public IReadOnlyList<HookAttachment> Attachments => _hooks?.Attachments ?? [];

    /// <summary>What the kernel did with each program; empty without eBPF.</summary>
    public IReadOnlyList<HookProgram> Programs => _hooks?.Programs ?? [];

    /// <summary>Whether the kernel sends connections for functions to <see cref="SetSocket"/>'s sockets.</summary>
    public bool Steers => _hooks?.Steers == true;

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
            _hooks = KernelHooks.Attach(
                new KernelHooksOptions
                {
                    Xdp = Enum.Parse<XdpAttach>(options.Xdp.ToString()),
                    Interfaces = options.Interfaces,
                    MaxFunctions = RoomFor(gateway.Functions.Count),
                    MaxDestinations = RoomFor(gateway.Functions.Values.Sum(function => function.Listen.Count)),
                    MaxHosts = RoomFor(gateway.Functions.Values.Sum(function => function.Hosts.Count)),
                    MaxClients = options.ReturningClients.Enabled ? options.ReturningClients.Remember : 0,
                    Steer = true,
                    ClientHello = options.ClientHello,
                    RequireSockOps = options.Mode == EbpfMode.Required,
                },
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
        listens.Source = new KernelListens(_hooks);
        foreach (var program in _hooks.Programs.Where(program => program.Outcome == "refused"))
        {
            KernelLog.Refused(logger, program.Program, program.Why!);
        }

        _hooks.AttachmentsChanged = LogAttachments;
        LogAttachments();
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

    /// <summary>What names which function, after the functions were made. New connections follow at once, where the kernel steers.</summary>
    /// <returns>Addresses that another program listens on; they are left to it.</returns>
    /// <exception cref="BpfException">There are more than twice as many as at the start.</exception>
    public IReadOnlyList<ListenAddress> Update(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        lock (_gate)
        {
            return _names?.Write(functions, options) ?? [];
        }
    }

    /// <summary>The socket that takes steered connections from here on; it listens already.</summary>
    public void SetSocket(SteeringSocket which, SafeHandle socket) => _hooks?.SetSocket(which, socket);

    public void OnConnection(in ConnectionEvent e)
    {
        if (_functions.TryGetValue(e.Function, out var function))
        {
            var kind = e.Kind switch
            {
                Triggers.Syn => SignalKind.Syn,
                Triggers.Established => SignalKind.Established,
                _ => SignalKind.ClientHello,
            };
            function.Wake(new Signal(kind, e.Timestamp, e.Remote, e.Rtt));
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
                if (function.IsRetired)
                {
                    _functions.TryRemove(new(function.Index, function));
                }
            }
        }
    }

    public void OnNumbersUsedAgain(IReadOnlySet<uint> numbers) => Clients?.Forget(numbers);

    public void Dispose()
    {
        KernelHooks? hooks;
        lock (_gate)
        {
            // Functions go on coming to rest while the gateway ends.
            (hooks, _hooks, _names, Clients, _live) = (_hooks, null, null, null, false);
            listens.Source = null;
        }

        hooks?.Dispose();
    }

    // Room to grow by reloads: the maps cannot.
    private static int RoomFor(int count) => Math.Max(65536, 2 * count);

    private void LogAttachments()
    {
        if (_hooks is not { } hooks)
        {
            return;
        }

        var text = AttachmentText.Describe(hooks.Attachments);
        // Containers' interfaces come and go; what is attached stays the same.
        if (Interlocked.Exchange(ref _told, text) != text)
        {
            KernelLog.Attached(logger, text);
        }
    }

    private void Arm(Function function)
    {
        if (_live)
        {
            _hooks?.Arm(function.Index, TriggersOf(function.Options.WakeOn));
        }
    }

    // The later ones too: the kernel tells of no SYN while it answers with SYN cookies, and on a shared address only the hello may name a function.
    private static Triggers TriggersOf(SignalKind wakeOn) => wakeOn switch
    {
        SignalKind.Syn => Triggers.Syn | Triggers.Established | Triggers.ClientHello,
        SignalKind.Established => Triggers.Established | Triggers.ClientHello,
        SignalKind.ClientHello => Triggers.ClientHello,
        _ => Triggers.None,
    };
}
