using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The embedded programs of bpf/, loaded into the kernel. The maps that they share are one object and each program is another, so that a
/// program that the kernel refuses is left out alone. It is to be disposed of after all links.
/// </summary>
internal sealed class KernelPrograms : IDisposable
{
    private const string Resource = "headstart.bpf.o";

    /// <summary>Maps that only one program uses. They are made with it, so that a kernel without that type of map goes without that program only.</summary>
    private static readonly string[] OwnMaps = ["steering", "sockets", "direct_sockets", "direct_uses", "scratch", "data_budgets", "origins", "ears"];

    private readonly List<IDisposable> _owned = [];
    private readonly KernelHooksOptions _options;
    private readonly byte[] _image;

    private KernelPrograms(KernelHooksOptions options)
    {
        _options = options;
        _image = options.Image ?? Image();
        Maps = LoadMaps();
        _owned.Add(Maps);
    }

    /// <summary>The maps that programs share.</summary>
    internal BpfObject Maps { get; }

    /// <summary>Loaded, reduced or refused; the program is always wanted.</summary>
    internal LoadedProgram SockOps { get; private set; } = null!;

    /// <summary>Null if sock_ops does not need it.</summary>
    internal LoadedProgram? SockCreate { get; private set; }

    /// <summary>Null if it was not wanted; the same holds for the two below.</summary>
    internal LoadedProgram? SkLookup { get; private set; }

    internal LoadedProgram? Xdp { get; private set; }

    internal LoadedProgram? Tcx { get; private set; }

    /// <summary>All programs that were wanted.</summary>
    internal IEnumerable<LoadedProgram> All => new[] { SockOps, SockCreate, SkLookup, Xdp, Tcx }.OfType<LoadedProgram>();

    /// <exception cref="BpfException">The maps cannot be made: libbpf, a capability or memory is missing.</exception>
    internal static KernelPrograms Load(KernelHooksOptions options, ulong netnsCookie)
    {
        var programs = new KernelPrograms(options);
        try
        {
            programs.LoadPrograms(Config(options, netnsCookie));
            return programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    /// <summary>Unloads every program that no link holds.</summary>
    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }
        _owned.Clear();
    }

    private static HooksConfig Config(KernelHooksOptions options, ulong netnsCookie)
    {
        var (limits, provenNs) = (options.Limits, (ulong)options.Limits.ProvenFor.Ticks * 100);
        return new HooksConfig
        {
            NetnsCookie = netnsCookie,
            Returning = options.MaxClients > 0 ? (byte)1 : (byte)0,
            DataBudget = (uint)options.DataBudget,
            PerSource = Rate.Of(limits.PerSource),
            PerNetwork = Rate.Of(limits.PerNetwork),
            Total = Rate.Of(limits.Total),
            Proven = Rate.Of(limits.Proven),
            ProvenNs = provenNs,
            // So a source that goes on coming is proven for seven eighths of that time at least after its last connection.
            ProvenAgainNs = provenNs / 8,
        };
    }

    private void LoadPrograms(HooksConfig config)
    {
        SockOps = LoadSockOps(config);
        if (_options.Steer)
        {
            SkLookup = Load("sk_lookup", BpfProgramType.BPF_PROG_TYPE_SK_LOOKUP, [new ProgramForm(config)]);
        }
        if (_options.Xdp != XdpAttach.Off)
        {
            Xdp = Load("xdp", BpfProgramType.BPF_PROG_TYPE_XDP, ProgramForms.Packets(config, _options.ClientHello));
            Tcx = Load("tcx", BpfProgramType.BPF_PROG_TYPE_SCHED_CLS, ProgramForms.Packets(config, _options.ClientHello));
        }
    }

    private LoadedProgram LoadSockOps(HooksConfig config)
    {
        const BpfProgramType Type = BpfProgramType.BPF_PROG_TYPE_SOCK_OPS;
        if (KernelFeatures.SockOpsKnowsCgroup && Load("sock_ops", Type, [ProgramForms.AsksCgroup(config)]) is { Program: not null } asks)
        {
            return asks;
        }
        SockCreate = Load("sock_create", BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCK, [new ProgramForm(config)]);
        var loaded = Load("sock_ops", Type, SockCreate.Program is null ? [ProgramForms.HearsNoListen(config)] : [ProgramForms.AsksSocket(config), ProgramForms.HearsNoListen(config)]);
        if (SockCreate.Program is not null && loaded.Config.ListenOrigin == 0)
        {
            SockCreate = null; // sock_ops would not ask it.
        }
        return loaded;
    }

    // Tries one form after the other, until the kernel accepts one.
    private LoadedProgram Load(string name, BpfProgramType type, IReadOnlyList<ProgramForm> forms)
    {
        BpfException? refusal = null;
        foreach (var form in forms)
        {
            try
            {
                var loaded = LibBpfLog.Quietly(() => Load("hs_" + name, form.Config));
                _owned.Add(loaded);
                var why = form.Lacks is null ? null : refusal is null ? $"{form.Lacks}." : $"{form.Lacks}: {LowerFirst(refusal.Message)}";
                return new LoadedProgram(name, loaded, loaded.Program("hs_" + name), form.Config, why);
            }
            catch (BpfException e)
            {
                refusal ??= e; // The refusal of the fullest form says what this kernel lacks.
            }
        }
        // This is asked only now, because every type seems to be missing where a capability is.
        var unknown = refusal is { Errno: ErrnoCodes.EINVAL, VerifierLog: null } && !KernelFeatures.Has(type);
        return LoadedProgram.Refused(name, unknown ? $"This kernel has no {name} programs." : refusal!.Message);
    }

    private BpfObject Load(string program, HooksConfig config)
    {
        using var open = OpenBpfObject.FromMemory(_image, "headstart");
        open.SetAutoloadOnly(program);
        open.ShareMaps(Maps);
        if (program == "hs_sock_ops" && SockCreate?.Object is { } origins)
        {
            open.ShareMaps(origins);
        }
        open.SetReadOnlyData(".rodata.config", config);
        open.SetMaxEntries("steering", Size(_options.MaxDestinations, nameof(_options.MaxDestinations)));
        if (program == "hs_xdp" && KernelFeatures.XdpFragments)
        {
            open.SetXdpFragments(program);
        }
        foreach (var map in OwnMaps.Where(map => !Uses(program, config, map)))
        {
            open.LeaveOutMap(map);
        }
        return open.Load(program);
    }

    private BpfObject LoadMaps()
    {
        using var open = OpenBpfObject.FromMemory(_image, "headstart");
        open.SetAutoloadOnly(null);
        open.SetMaxEntries("destinations", Size(_options.MaxDestinations, nameof(_options.MaxDestinations)));
        open.SetMaxEntries("syn_ids", Size(_options.MaxFunctions, nameof(_options.MaxFunctions)));
        open.SetMaxEntries("clients", Size(Math.Max(1, _options.MaxClients), nameof(_options.MaxClients)));
        open.SetMaxEntries("hosts", Size(_options.MaxHosts, nameof(_options.MaxHosts)));
        open.SetMaxEntries("sources", Size(_options.Limits.Remember, nameof(SynLimits.Remember)));
        open.SetMaxEntries("proven", Size(_options.Limits.Remember, nameof(SynLimits.Remember)));
        open.SetMaxEntries("access", KernelAccess.MaxEntries);
        open.SetMaxEntries("triggers", Size(_options.MaxFunctions, nameof(_options.MaxFunctions)));
        foreach (var map in OwnMaps)
        {
            open.LeaveOutMap(map);
        }
        return open.Load("the maps of headstart");
    }

    private static bool Uses(string program, HooksConfig config, string map) => map switch
    {
        "scratch" or "data_budgets" => program is "hs_xdp" or "hs_tcx",
        "ears" => program == "hs_sock_ops",
        "origins" => program == "hs_sock_create" || config.ListenOrigin == 1,
        _ => program == "hs_sk_lookup",
    };

    private static string LowerFirst(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    private static uint Size(int count, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1 << 24, name);
        return (uint)count;
    }

    private static byte[] Image()
    {
        using var stream = typeof(KernelPrograms).Assembly.GetManifestResourceStream(Resource)!;
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}
