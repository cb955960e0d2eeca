using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The gateway's ears in the kernel: sock_ops on the cgroup root, XDP where it pays, one ring for both. All calls may come from any
/// thread. Everything vanishes with <see cref="Dispose"/> or with the process, however that ends.
/// </summary>
public sealed class KernelHooks : IDisposable
{
    /// <summary>In place of a function: the destination is the gateway's, and functions share it. The SYN may tell which; see <see cref="SetSynId"/>.</summary>
    public const uint Shared = uint.MaxValue;

    private readonly BpfObject _object;
    private readonly BpfHashMap<DestinationKey, uint> _destinations;
    private readonly BpfHashMap<SynIdKey, uint> _synIds;
    private readonly BpfHashMap<ulong, uint> _hosts;
    private readonly BpfMappedArray _triggers;
    private readonly BpfMappedArray _listenWatch;
    private readonly BpfHashMap<DestinationKey, uint> _steering;
    private readonly BpfSocketMap _sockets;
    private readonly HookCounters _counters;
    private readonly Stack<IDisposable> _owned;
    private IReadOnlyList<HookAttachment> _everywhere = [];
    private DeviceHooks? _devices;
    private int _disposed;

    private KernelHooks(BpfObject loaded, Stack<IDisposable> owned, string cgroupRoot)
    {
        _object = loaded;
        _owned = owned;
        CgroupRoot = cgroupRoot;
        _destinations = loaded.HashMap<DestinationKey, uint>("destinations");
        _synIds = loaded.HashMap<SynIdKey, uint>("syn_ids");
        _hosts = loaded.HashMap<ulong, uint>("hosts");
        Clients = new KernelClients(loaded.HashMap<ClientKey, ClientMemory>("clients"));
        _steering = loaded.HashMap<DestinationKey, uint>("steering");
        _sockets = loaded.SocketMap("sockets");
        _counters = new HookCounters(loaded.PerCpuArrayMap<ulong>("counters"));
        owned.Push(_triggers = loaded.MappedArray("triggers"));
        owned.Push(_listenWatch = loaded.MappedArray("listen_watch"));
    }

    /// <summary>What is attached where. sock_ops is always there; the others depend on <see cref="KernelHooksOptions.Xdp"/>.</summary>
    public IReadOnlyList<HookAttachment> Attachments => [.. _everywhere, .. _devices?.Attachments ?? []];

    /// <summary>Called after a change of <see cref="Attachments"/>: an interface came or went. On a thread of its own.</summary>
    public Action? AttachmentsChanged { get; set; }

    /// <summary>What clients of <see cref="Shared"/> destinations asked for last.</summary>
    public KernelClients Clients { get; }

    /// <summary>The cgroup v2 directory that sock_ops watches.</summary>
    public string CgroupRoot { get; }

    /// <summary>
    /// Loads the programs and attaches them. SYNs are heard in the network namespace of the calling thread, listen() in all.
    /// Every function begins disarmed.
    /// </summary>
    /// <exception cref="BpfException">libbpf, a capability or the kernel's support is missing; nothing stays attached.</exception>
    public static KernelHooks Attach(KernelHooksOptions options, IKernelEvents events, ILogger logger)
    {
        LibBpfLog.Use(logger);
        LibBpfLog.Install();
        var owned = new Stack<IDisposable>();
        try
        {
            var loaded = HooksObject.Load(options, withXdp: options.Xdp != XdpAttach.Off, NetworkInterfaces.NetnsCookie());
            owned.Push(loaded);
            var hooks = new KernelHooks(loaded, owned, options.CgroupRoot ?? Cgroup.FindRoot());
            hooks.Listen(events, logger);
hooks._everywhere = [hooks.AttachSockOps(), .. hooks.AttachSkLookup(options.Steer)];
            hooks.AttachDevices(options, logger);
            return hooks;
        }
        catch
        {
            Release(owned);
            throw;
        }
    }

    /// <summary>Says whose connections these are; replaces an earlier owner. The most specific wins: the address, all of IPv4, any.</summary>
    /// <param name="address">Null or <see cref="IPAddress.IPv6Any"/>: any address; <see cref="IPAddress.Any"/>: any IPv4 address.</param>
    /// <param name="port">1 to 65,535.</param>
    /// <param name="function">Below <see cref="KernelHooksOptions.MaxFunctions"/>, or <see cref="Shared"/>.</param>
    /// <exception cref="BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxDestinations"/> already.</exception>
    public void SetDestination(IPAddress? address, int port, uint function)
    {
        if (function != Shared)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(function, _triggers.Length);
        }
        _destinations.Set(DestinationKey.Of(address, port), function);
    }

    /// <summary>False when nobody had it.</summary>
    public bool RemoveDestination(IPAddress? address, int port) => _destinations.Remove(DestinationKey.Of(address, port));

    /// <summary>
    /// Says which function an id inside a SYN to a <see cref="Shared"/> destination names; replaces an earlier owner. sock_ops reads
    /// ids only at listeners with TCP_SAVE_SYN, XDP always.
    /// </summary>
    /// <param name="id">1 to 16 ASCII characters.</param>
    /// <param name="function">Below <see cref="KernelHooksOptions.MaxFunctions"/>.</param>
    public void SetSynId(string id, uint function)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(function, _triggers.Length);
        _synIds.Set(SynIdKey.Of(id), function);
    }

    /// <summary>False when nobody had it.</summary>
    public bool RemoveSynId(string id) => _synIds.Remove(SynIdKey.Of(id));

    /// <summary>
    /// Says which function a host name belongs to, in data inside a SYN to a <see cref="Shared"/> destination; replaces an earlier owner. The
    /// name itself wins, then the nearest domain above it. XDP reads data, sock_ops never sees it.
    /// </summary>
    /// <param name="pattern"><c>hello.example</c>, or <c>*.hello.example</c> for all names below it.</param>
    /// <param name="function">Below <see cref="KernelHooksOptions.MaxFunctions"/>, or <see cref="Shared"/>: the name is several functions', and tells none.</param>
    /// <exception cref="BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxHosts"/> already.</exception>
    public void SetHost(string pattern, uint function)
    {
        if (function != Shared)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(function, _triggers.Length);
        }
        _hosts.Set(HostHash.Of(pattern), function);
    }

    /// <summary>False when nobody had it.</summary>
    public bool RemoveHost(string pattern) => _hosts.Remove(HostHash.Of(pattern));

    /// <summary>Whether <see cref="Steer"/> has an effect: sk_lookup was asked for and could be had.</summary>
    public bool Steers { get; private set; }

    /// <summary>
    /// Sends new connections for this destination to one of the gateway's sockets, before any other socket is looked for. The most
    /// specific wins, as in <see cref="SetDestination"/>. The address needs to be routed here, not to be one of this machine.
    /// </summary>
    /// <exception cref="BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxDestinations"/> already.</exception>
    public void Steer(IPAddress? address, int port, SteeringSocket socket) => _steering.Set(DestinationKey.Of(address, port), (uint)socket);

    /// <summary>Leaves new connections for this destination to the stack; those that are there stay. False when they were already.</summary>
    public bool StopSteering(IPAddress? address, int port) => _steering.Remove(DestinationKey.Of(address, port));

    /// <summary>The socket that takes steered connections from here on. It listens already; an IPv6 socket with both families takes both.</summary>
    public void SetSocket(SteeringSocket which, SafeHandle socket) => _sockets.Set((uint)which, socket);

    /// <summary>Asks for one event of these kinds: the kernel disarms the function as it tells. A memory write, no system call.</summary>
    public void Arm(uint function, Triggers triggers) => _triggers.Exchange(function, (ulong)triggers);

    /// <summary>Silences a function. An event that the kernel had claimed before may still come.</summary>
    public void Disarm(uint function) => _triggers.Exchange(function, 0);

    /// <summary>What is still asked for; <see cref="Triggers.None"/> after the event.</summary>
    public Triggers ArmedTriggers(uint function) => (Triggers)_triggers.Read(function);

    /// <summary>Begins to hear listen(), machine-wide, until as many <see cref="ListenWatchEnd"/> calls were made. No system call.</summary>
    public void ListenWatchBegin() => _listenWatch.Add(0, 1);

    /// <exception cref="InvalidOperationException">There was no <see cref="ListenWatchBegin"/> for it.</exception>
    public void ListenWatchEnd()
    {
        if (_listenWatch.Add(0, -1) > long.MaxValue)
        {
            _listenWatch.Add(0, 1); // below zero would be "watching" for ever
            throw new InvalidOperationException("ListenWatchEnd was called more often than ListenWatchBegin.");
        }
    }

    /// <summary>What became of what the programs saw, since they were attached. Names as in <c>enum hs_outcome</c>, lower case.</summary>
    public IReadOnlyList<(string Program, string Outcome, long Count)> ReadCounters() => _counters.Read();

    /// <summary>Detaches, ends the reading thread, unloads. When this returns no event comes any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release(_owned);
        }
    }

    internal BpfProgram Program(string name) => _object.Program(name);

    private void Listen(IKernelEvents events, ILogger logger) =>
        _owned.Push(_object.RingBuffer("events", new EventReader(events).OnRecord, logger, urgent: true));

    private HookAttachment AttachSockOps()
    {
        _owned.Push(_object.Program(HooksObject.SockOps).AttachCgroup(CgroupRoot));
        var missing = (Cgroup.IdOf(CgroupRoot) == Cgroup.RootId, HooksObject.CanHearListen()) switch
        {
            (true, true) => null,
            (false, _) => $"{CgroupRoot} is not the machine's cgroup root: listen() outside it is not heard.",
            (true, false) => "This kernel does not tell sock_ops the current cgroup: listen() is not heard.",
        };
        return new HookAttachment("*", "sock_ops", missing);
    }

    private HookAttachment[] AttachSkLookup(bool wanted)
    {
        if (!wanted)
        {
            return [];
        }
        if (!HooksObject.CanSteer())
        {
            return [new HookAttachment("*", "none", "This kernel has no sk_lookup: each address of a function is a socket of its own.")];
        }
        try
        {
            _owned.Push(_object.Program(HooksObject.SkLookup).AttachSocketLookup());
        }
        catch (BpfException e)
        {
            return [new HookAttachment("*", "none", $"{e.Message} Each address of a function is a socket of its own.")];
        }
        Steers = true;
        return [new HookAttachment("*", "sk_lookup")];
    }

    private void AttachDevices(KernelHooksOptions options, ILogger logger)
    {
        if (options.Xdp == XdpAttach.Off)
        {
            return;
        }
        var attacher = new XdpAttacher(_object.Program(HooksObject.Xdp), _object.Program(HooksObject.Tcx), options.Xdp);
        _owned.Push(_devices = new DeviceHooks(options.Xdp, options.Interfaces, attacher, () => AttachmentsChanged?.Invoke(), logger));
    }

    // Last in, first out: links, then the ring and its thread, then the memory, then the object.
    private static void Release(Stack<IDisposable> owned)
    {
        while (owned.TryPop(out var item))
        {
            item.Dispose();
        }
    }
}
