using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The gateway's ears in the kernel: sock_ops on the cgroup root, XDP where it pays, one ring for both. All calls may come from any
/// thread. Everything vanishes with <see cref="Dispose"/> or with the process, however that ends.
/// </summary>
public sealed partial class KernelHooks : IDisposable
{
    /// <summary>In place of a function: the destination is the gateway's, and functions share it. The SYN may tell which; see <see cref="SetSynId"/>.</summary>
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
    private readonly HookCounters _counters;
    private readonly Stack<IDisposable> _owned;
    private IReadOnlyList<HookAttachment> _everywhere = [];
    private DeviceHooks? _devices;
    private bool _hearsListen;
    private int _disposed;

    private KernelHooks(KernelPrograms programs, Stack<IDisposable> owned)
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
        _counters = new HookCounters(maps.PerCpuArrayMap<ulong>("counters"));
        owned.Push(_triggers = maps.MappedArray("triggers"));
        owned.Push(_resting = maps.MappedArray("resting"));
        var watch = maps.MappedArray("listen_watch");
        owned.Push(watch);
        _awaited = new AwaitedCgroups(maps.HashMap<ulong, uint>("awaited"), watch);
    }

    /// <summary>What is attached where, and what was refused. sock_ops is asked for always; the others depend on <see cref="KernelHooksOptions"/>.</summary>
    public IReadOnlyList<HookAttachment> Attachments => [.. _everywhere, .. _devices?.Attachments ?? []];

    /// <summary>What became of each program that was asked for.</summary>
    public IReadOnlyList<HookProgram> Programs { get; private set; } = [];

    /// <summary>Occurs after a change of <see cref="Attachments"/>, because an interface came or went. Handlers run on the thread that follows interfaces.</summary>
    public event EventHandler? AttachmentsChanged;

    /// <summary>What clients of <see cref="Shared"/> destinations asked for last.</summary>
    public KernelClients Clients { get; }

    /// <summary>The cgroup v2 directory that sock_ops watches; null when it is not attached.</summary>
    public string? CgroupRoot { get; private set; }

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
    public void Steer(IPAddress? address, int port, SteeringSocket socket) => _steering?.Set(DestinationKey.Of(address, port), (uint)socket);

    /// <summary>Leaves new connections for this destination to the stack; those that are there stay. False when they were already.</summary>
    public bool StopSteering(IPAddress? address, int port) => _steering?.Remove(DestinationKey.Of(address, port)) == true;

    /// <summary>The socket that takes steered connections from here on. It listens already; an IPv6 socket with both families takes both.</summary>
    public void SetSocket(SteeringSocket which, SafeHandle socket) => _sockets?.Set((uint)which, socket);

    /// <summary>Asks for one event of these kinds: the kernel disarms the function as it tells. Memory writes, no system call.</summary>
    public void Arm(uint function, Triggers triggers)
    {
        if (triggers == Triggers.None)
        {
            Disarm(function);
            return;
        }
        // Counted before it is armed, so that the kernel never takes everyone for awake while somebody is not.
        _resting.Add(0, 1);
        if (_triggers.Exchange(function, (ulong)triggers) != 0)
        {
            _resting.Add(0, -1);
        }
    }

    /// <summary>Silences a function. An event that the kernel had claimed before may still come.</summary>
    public void Disarm(uint function)
    {
        if (_triggers.Exchange(function, 0) != 0)
        {
            _resting.Add(0, -1);
        }
    }

    /// <summary>What is still asked for; <see cref="Triggers.None"/> after the event.</summary>
    public Triggers ArmedTriggers(uint function) => (Triggers)_triggers.Read(function);

    /// <summary>Whether listen() in this cgroup directory is told when it is awaited; the directory need not be there yet.</summary>
    public bool HearsListen(string cgroup)
    {
        if (!_hearsListen)
        {
            return false;
        }
        // Below the machine's root is everything, also what is not there yet; below another, what can be seen there.
        return Cgroup.IdOf(CgroupRoot!) == Cgroup.RootId ||
            ((cgroup + '/').StartsWith(CgroupRoot!.TrimEnd('/') + '/', StringComparison.Ordinal) && Cgroup.IdOf(cgroup) is not null);
    }

    /// <summary>
    /// Begins to hear listen() of processes in these directories of cgroup v2, or in a cgroup that is made below the nearest
    /// directory above one that is not there. Each cgroup is heard some sixteen times a second, so that no loop floods the reader.
    /// </summary>
    /// <returns>Dispose it to hear no more of them.</returns>
    /// <exception cref="BpfException">E2BIG: 65,536 cgroups are awaited already.</exception>
    public IDisposable AwaitListen(params IReadOnlyList<string> cgroups) => _awaited.Await(cgroups);

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

    /// <summary>A program that was loaded, by its name in bpf/.</summary>
    internal BpfProgram Program(string name) => _programs.All.Single(program => "hs_" + program.Name == name).Program!;

    // Last in, first out: links, then the ring and its thread, then the memory, then the object.
    private static void Release(Stack<IDisposable> owned)
    {
        while (owned.TryPop(out var item))
        {
            item.Dispose();
        }
    }
}
