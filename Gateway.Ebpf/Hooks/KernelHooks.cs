using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The hooks in the kernel: sock_ops on the cgroup root, XDP or tcx on network cards, sk_lookup, and one ring buffer for their events. Thread
/// safe. <see cref="Dispose"/> removes everything from the kernel, and so does the end of the process, however it ends.
/// </summary>
public sealed partial class KernelHooks : IDisposable
{
    /// <summary>Stands in place of a function's number: several functions share the destination. The SYN may name one; see <see cref="SetSynId"/>.</summary>
    public const uint Shared = uint.MaxValue;

    private const string Everywhere = "*";

    private readonly KernelPrograms _programs;
    private readonly BpfHashMap<DestinationKey, uint> _destinations;
    private readonly BpfHashMap<SynIdKey, uint> _synIds;
    private readonly BpfHashMap<ulong, uint> _hosts;
    private readonly BpfMappedArray _triggers;
    private readonly BpfMappedArray _resting;
    private readonly AwaitedCgroups _awaited;
    private readonly BpfHashMap<DestinationKey, uint>? _steering;
    private readonly BpfSocketMap? _sockets;
    private readonly BpfSocketMap? _directSockets;
    private readonly BpfMappedArray? _directUses;
    private readonly BpfHashMap<ulong, uint>? _ears;
    private readonly HookCounters _counters;
    private readonly Stack<IDisposable> _owned;
    private IReadOnlyList<HookAttachment> _everywhere = [];
    private DeviceHooks? _devices;
    private BpfLink? _steeringLink;
    private bool _hearsListen;
    private int _disposed;

    private KernelHooks(KernelPrograms programs, Stack<IDisposable> owned, TimeSpan provenFor)
    {
        _programs = programs;
        _owned = owned;
        var maps = programs.Maps;
        _destinations = maps.HashMap<DestinationKey, uint>("destinations");
        _synIds = maps.HashMap<SynIdKey, uint>("syn_ids");
        _hosts = maps.HashMap<ulong, uint>("hosts");
        Clients = new KernelClients(maps.HashMap<ClientKey, ClientMemory>("clients"));
        _steering = programs.SkLookup?.Object?.HashMap<DestinationKey, uint>("steering");
        _sockets = programs.SkLookup?.Object?.SocketMap("sockets");
        _directSockets = programs.SkLookup?.Object?.SocketMap("direct_sockets");
        if ((_directUses = programs.SkLookup?.Object?.MappedArray("direct_uses")) is { } uses)
        {
            owned.Push(uses);
        }
        _counters = new HookCounters(maps.PerCpuArrayMap<ulong>("counters"));
        owned.Push(_triggers = maps.MappedArray("triggers"));
        owned.Push(_resting = maps.MappedArray("resting"));
        var guards = maps.MappedArray("guards");
        owned.Push(guards);
        Limits = new KernelLimits(maps.HashMap<ClientKey, Floor>("floors"), guards, maps.HashMap<ClientKey, ulong>("proven"), provenFor);
        Access = new KernelAccess(maps.HashMap<AccessKey, uint>("access"), guards);
        _ears = programs.SockOps.Object?.HashMap<ulong, uint>("ears");
        var watch = maps.MappedArray("listen_watch");
        owned.Push(watch);
        _awaited = new AwaitedCgroups(maps.HashMap<ulong, uint>("awaited"), watch);
    }

    /// <summary>What is attached where, and what was refused. sock_ops is always wanted; the others depend on <see cref="KernelHooksOptions"/>.</summary>
    public IReadOnlyList<HookAttachment> Attachments => [.. _everywhere, .. _devices?.Attachments ?? []];

    /// <summary>What the kernel did with each wanted program.</summary>
    public IReadOnlyList<HookProgram> Programs { get; private set; } = [];

    /// <summary>Occurs after a change of <see cref="Attachments"/>, because an interface came or went. Handlers run on the thread that follows interfaces.</summary>
    public event EventHandler? AttachmentsChanged;

    /// <summary>The memory of what clients of <see cref="Shared"/> destinations asked for last.</summary>
    public KernelClients Clients { get; }

    /// <summary>Signals that are withheld.</summary>
    public KernelLimits Limits { get; }

    /// <summary>Who may wake anything.</summary>
    public KernelAccess Access { get; }

    /// <summary>The cgroup v2 directory that sock_ops is attached to; null if sock_ops is not attached.</summary>
    public string? CgroupRoot { get; private set; }

    /// <summary>
    /// Registers a destination: connections to it are signals for the function. A function that had the destination before loses it. Of
    /// several destinations that match a connection the most specific one counts: the address, then any IPv4 address, then any address.
    /// </summary>
    /// <param name="address">An address; <see cref="IPAddress.Any"/> for any IPv4 address; null or <see cref="IPAddress.IPv6Any"/> for any address.</param>
    /// <param name="port">The port, 1 to 65,535.</param>
    /// <param name="function">The function's number, below <see cref="KernelHooksOptions.MaxFunctions"/>, or <see cref="Shared"/>.</param>
    /// <exception cref="BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxDestinations"/> destinations already.</exception>
    public void SetDestination(IPAddress? address, int port, uint function)
    {
        if (function != Shared)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(function, _triggers.Length);
        }
        _destinations.Set(DestinationKey.Of(address, port), function);
    }

    /// <summary>Removes a destination. Returns false if it was not registered.</summary>
    public bool RemoveDestination(IPAddress? address, int port) => _destinations.Remove(DestinationKey.Of(address, port));

    /// <summary>
    /// Registers an id: inside a SYN to a <see cref="Shared"/> destination it names the function. A function that had the id before loses it.
    /// XDP reads ids always, sock_ops only if the listening socket has the option TCP_SAVE_SYN.
    /// </summary>
    /// <param name="id">The id, 1 to 16 ASCII characters.</param>
    /// <param name="function">The function's number, below <see cref="KernelHooksOptions.MaxFunctions"/>.</param>
    public void SetSynId(string id, uint function)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(function, _triggers.Length);
        _synIds.Set(SynIdKey.Of(id), function);
    }

    /// <summary>Removes an id. Returns false if it was not registered.</summary>
    public bool RemoveSynId(string id) => _synIds.Remove(SynIdKey.Of(id));

    /// <summary>
    /// Registers a host name: in data sent to a <see cref="Shared"/> destination it names the function. A function that had the name before loses
    /// it. The name itself counts first, then the nearest domain above it. XDP and tcx read data; sock_ops never sees it.
    /// </summary>
    /// <param name="pattern"><c>hello.example</c>, or <c>*.hello.example</c> for all names below it.</param>
    /// <param name="function">
    /// The function's number, below <see cref="KernelHooksOptions.MaxFunctions"/>, or <see cref="Shared"/> if several functions have the name, so that it names none.
    /// </param>
    /// <exception cref="BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxHosts"/> host names already.</exception>
    public void SetHost(string pattern, uint function)
    {
        if (function != Shared)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(function, _triggers.Length);
        }
        _hosts.Set(HostHash.Of(pattern), function);
    }

    /// <summary>Removes a host name. Returns false if it was not registered.</summary>
    public bool RemoveHost(string pattern) => _hosts.Remove(HostHash.Of(pattern));

    /// <summary>Whether <see cref="Steer"/> has an effect: sk_lookup was wanted and is attached.</summary>
    public bool Steers { get; private set; }

    /// <summary>
    /// Gets the owner of the link of sk_lookup, which another process may be given a copy of: the kernel steers as it does until the last copy is closed. Null if <see cref="Steers"/> is false.
    /// </summary>
    public SafeHandle? SteeringLink => _steeringLink?.Handle;

    /// <summary>
    /// Sends new connections to a destination to one of the gateway's sockets, before the kernel looks for any other socket. The most specific
    /// destination counts, as in <see cref="SetDestination"/>. The address has to be routed to this machine, but need not belong to it.
    /// </summary>
    /// <exception cref="BpfException">E2BIG: there are <see cref="KernelHooksOptions.MaxDestinations"/> destinations already.</exception>
    public void Steer(IPAddress? address, int port, SteeringSocket socket) => _steering?.Set(DestinationKey.Of(address, port), (uint)socket);

    /// <summary>Stops steering a destination; connections that exist stay. Returns false if it was not steered.</summary>
    public bool StopSteering(IPAddress? address, int port) => _steering?.Remove(DestinationKey.Of(address, port)) == true;

    /// <summary>Sets the socket that takes steered connections from here on. The socket must listen already. A dual-mode IPv6 socket takes both families.</summary>
    public void SetSocket(SteeringSocket which, SafeHandle socket) => _sockets?.Set((uint)which, socket);

    /// <summary>
    /// Has SYNs reported even while the kernel answers those of this socket with SYN cookies, because its queue of half-open connections is full. Without it
    /// sock_ops sees only the established connections then. The socket must not listen yet, and be for registered destinations only.
    /// </summary>
    /// <param name="cookie">The socket's cookie (SO_COOKIE of asm/socket.h).</param>
    public void HearSynCookies(ulong cookie) => _ears?.Set(cookie, 0);

    /// <summary>
    /// Arms a function: the kernel reports the next event of these kinds and disarms the function by that (see <see cref="Triggers.StayAfterSyn"/>). It
    /// takes memory writes and no system call.
    /// </summary>
    public void Arm(uint function, Triggers triggers)
    {
        if (triggers == Triggers.None)
        {
            Disarm(function);
            return;
        }
        // The function is counted before it is armed, so that the kernel never believes that all functions are awake while one is not.
        _resting.Add(0, 1);
        if (_triggers.Exchange(function, (ulong)triggers) != 0)
        {
            _resting.Add(0, -1);
        }
    }

    /// <summary>Disarms a function. An event that the kernel had begun to report may still arrive.</summary>
    public void Disarm(uint function)
    {
        if (_triggers.Exchange(function, 0) != 0)
        {
            _resting.Add(0, -1);
        }
    }

    /// <summary>Returns what a function is armed for; <see cref="Triggers.None"/> after the event.</summary>
    public Triggers ArmedTriggers(uint function) => (Triggers)_triggers.Read(function);

    /// <summary>Returns whether listen() in a cgroup directory is reported when it is awaited. The directory need not exist yet.</summary>
    public bool HearsListen(string cgroup)
    {
        if (!_hearsListen)
        {
            return false;
        }
        // Every directory is below the machine's root, even one that does not exist yet. For any other root it has to exist to be compared.
        return Cgroup.IdOf(CgroupRoot!) == Cgroup.RootId ||
            ((cgroup + '/').StartsWith(CgroupRoot!.TrimEnd('/') + '/', StringComparison.Ordinal) && Cgroup.IdOf(cgroup) is not null);
    }

    /// <summary>
    /// Has the kernel report listen() of processes in these directories of cgroup v2. For a directory that does not exist yet, it reports
    /// listen() in cgroups made below the nearest existing one. Each cgroup is reported some sixteen times a second at most, so that no loop floods the reader.
    /// </summary>
    /// <returns>Returns an object that ends the reports when it is disposed of.</returns>
    /// <exception cref="BpfException">E2BIG: 65,536 cgroups are awaited already.</exception>
    public IDisposable AwaitListen(params IReadOnlyList<string> cgroups) => _awaited.Await(cgroups);

    /// <summary>Reads how often each program had each outcome since it was attached. Outcomes have the names of <c>enum hs_outcome</c> in lower case.</summary>
    public IReadOnlyList<(string Program, string Outcome, long Count)> ReadCounters() => _counters.Read();

    /// <summary>Detaches the programs, ends the threads and unloads everything. No event arrives after this returns.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release(_owned);
        }
    }

    /// <summary>The maps that programs share, by their names in bpf/.</summary>
    internal BpfObject Maps => _programs.Maps;

    /// <summary>Returns a loaded program by its name in bpf/.</summary>
    internal BpfProgram Program(string name) => _programs.All.Single(program => "hs_" + program.Name == name).Program!;

    // The last one is disposed of first: the links, then the ring buffer and its thread, then the mapped memory, then the objects.
    private static void Release(Stack<IDisposable> owned)
    {
        while (owned.TryPop(out var item))
        {
            item.Dispose();
        }
    }
}
