using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using LibBpf;

namespace Gateway.Signals;

/// <summary>
/// Owns the kernel's hooks from the start of the gateway to its end. Where they cannot be had it stands in their place: it has attached nothing,
/// counts nothing and steers nothing, so that nobody else asks whether there is eBPF. Thread safe.
/// </summary>
internal sealed class KernelAttachment(ListenEvents listens, ILogger<KernelAttachment> logger) : IDisposable
{
    // Its one writer is the end: whoever works with the hooks keeps it from coming, and nobody else from working. The ring buffer's thread
    // does not wait while a reload writes its addresses.
    private readonly ReaderWriterLockSlim _end = new();
    private KernelHooks? _hooks;
    private string _told = "";

    /// <summary>What clients asked for last; null without eBPF, or when the configuration wants none.</summary>
    public KernelClients? Clients { get; private set; }

    /// <summary>What is attached where; empty without eBPF.</summary>
    public IReadOnlyList<HookAttachment> Attachments => _hooks?.Attachments ?? [];

    /// <summary>What the kernel did with each program; empty without eBPF.</summary>
    public IReadOnlyList<HookProgram> Programs => _hooks?.Programs ?? [];

    /// <summary>Whether the kernel sends connections for functions to the sockets that <see cref="KernelAddresses"/> gave it.</summary>
    public bool Steers => _hooks?.Steers == true;

    /// <summary>Reads what each program saw, by what became of it; empty without eBPF.</summary>
    public IReadOnlyList<(string Program, string Outcome, long Count)> Counters() => _hooks?.ReadCounters() ?? [];

    /// <summary>Loads and attaches the programs. Nothing wakes before <see cref="KernelDemand.GoLive"/>.</summary>
    /// <param name="gateway">The configuration.</param>
    /// <param name="events">Who is told what the kernel hears, on the ring buffer's thread.</param>
    /// <exception cref="BpfException">The kernel's signals cannot be had, and the configuration requires them.</exception>
    public void Attach(GatewayOptions gateway, IKernelEvents events)
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
                events,
                logger);
        }
        catch (BpfException error) when (options.Mode == EbpfMode.Auto)
        {
            KernelLog.Without(logger, error.Message);
            return;
        }

        Clients = options.ReturningClients.Enabled ? _hooks.Clients : null;
        listens.Source = new KernelListens(_hooks);
        foreach (var program in _hooks.Programs.Where(program => program.Outcome == "refused"))
        {
            KernelLog.Refused(logger, program.Program, program.Why!);
        }

        _hooks.AttachmentsChanged = LogAttachments;
        LogAttachments();
    }

    /// <summary>Has the kernel tell of the next signal for a function, once.</summary>
    /// <param name="function">Its number.</param>
    /// <param name="triggers">What it is to tell of.</param>
    public void Arm(uint function, Triggers triggers)
    {
        using var use = new Reading(_end);
        _hooks?.Arm(function, triggers);
    }

    /// <summary>Has the kernel tell of no more signals for a function.</summary>
    public void Disarm(uint function)
    {
        using var use = new Reading(_end);
        _hooks?.Disarm(function);
    }

    /// <summary>Detaches and unloads all of it. What others ask of it from here on, it does as without eBPF.</summary>
    public void Dispose()
    {
        KernelHooks? hooks;
        _end.EnterWriteLock();
        try
        {
            // Functions go on coming to rest while the gateway ends.
            (hooks, _hooks, Clients) = (_hooks, null, null);
            listens.Source = null;
        }
        finally
        {
            _end.ExitWriteLock();
        }

        hooks?.Dispose();
    }

    /// <summary>Works with the hooks, which do not end meanwhile.</summary>
    /// <returns>Returns what <paramref name="work"/> returned, or <paramref name="without"/> where there are none.</returns>
    internal T Use<T>(Func<KernelHooks, T> work, T without)
    {
        using var use = new Reading(_end);
        return _hooks is { } hooks ? work(hooks) : without;
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

    private readonly ref struct Reading
    {
        private readonly ReaderWriterLockSlim _lock;

        public Reading(ReaderWriterLockSlim end)
        {
            end.EnterReadLock();
            _lock = end;
        }

        public void Dispose() => _lock.ExitReadLock();
    }
}
