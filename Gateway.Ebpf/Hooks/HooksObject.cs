using Gateway.Ebpf.Hooks.Wire;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf.Hooks;

/// <summary>Opens and loads the embedded programs of bpf/.</summary>
internal static unsafe class HooksObject
{
    internal const string SockOps = "hs_sock_ops";
    internal const string Xdp = "hs_xdp";
    internal const string Tcx = "hs_tcx";
    internal const string SkLookup = "hs_sk_lookup";

    private const string Resource = "headstart.bpf.o";

    /// <summary>The kernel that made XDP accept packets of several buffers.</summary>
    private static readonly Version FragmentsSince = new(5, 18);

    internal static BpfObject Load(KernelHooksOptions options, bool withXdp, ulong netnsCookie)
    {
        using var open = OpenBpfObject.FromMemory(Image(), "headstart");
        open.SetReadOnlyData(".rodata.config", new HooksConfig
        {
            NetnsCookie = netnsCookie,
            ListenCgroup = CanHearListen() ? (byte)1 : (byte)0,
            ListenPid = Has(BpfHelper.BPF_FUNC_get_current_pid_tgid) ? (byte)1 : (byte)0,
            Returning = options.MaxClients > 0 ? (byte)1 : (byte)0,
            ClientHello = options.ClientHello && CanReadNames() ? (byte)1 : (byte)0,
            XdpNames = CanReadNames() ? (byte)1 : (byte)0,
        });
        open.SetMaxEntries("destinations", Size(options.MaxDestinations, nameof(options.MaxDestinations)));
        open.SetMaxEntries("syn_ids", Size(options.MaxFunctions, nameof(options.MaxFunctions)));
        open.SetMaxEntries("clients", Size(Math.Max(1, options.MaxClients), nameof(options.MaxClients)));
        open.SetMaxEntries("hosts", Size(options.MaxHosts, nameof(options.MaxHosts)));
        open.SetMaxEntries("triggers", Size(options.MaxFunctions, nameof(options.MaxFunctions)));
        open.SetMaxEntries("steering", Size(options.MaxDestinations, nameof(options.MaxDestinations)));
        open.SetAutoload(Xdp, withXdp);
        open.SetAutoload(Tcx, withXdp);
        open.SetAutoload(SkLookup, options.Steer && CanSteer());
        if (Environment.OSVersion.Version >= FragmentsSince)
        {
            open.SetXdpFragments(Xdp);
        }
        return open.Load();
    }

    /// <summary>Whether this kernel lets sock_ops programs say which cgroup listens.</summary>
    internal static bool CanHearListen() =>
        Has(BpfHelper.BPF_FUNC_get_current_cgroup_id) && Has(BpfHelper.BPF_FUNC_get_current_ancestor_cgroup_id);

    /// <summary>Whether this kernel lets XDP programs read what names a function in a SYN (Linux 5.18).</summary>
    internal static bool CanReadNames() =>
        Has(BpfHelper.BPF_FUNC_loop, BpfProgramType.BPF_PROG_TYPE_XDP) && Has(BpfHelper.BPF_FUNC_xdp_load_bytes, BpfProgramType.BPF_PROG_TYPE_XDP);

    /// <summary>Whether this kernel was built to let programs choose the listening socket.</summary>
    internal static bool CanSteer() => LibBpf.libbpf_probe_bpf_prog_type(BpfProgramType.BPF_PROG_TYPE_SK_LOOKUP, null) == 1;

    private static bool Has(BpfHelper helper, BpfProgramType type = BpfProgramType.BPF_PROG_TYPE_SOCK_OPS) =>
        LibBpf.libbpf_probe_bpf_helper(type, helper, null) == 1;

    private static uint Size(int count, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1 << 24, name);
        return (uint)count;
    }

    private static byte[] Image()
    {
        using var stream = typeof(HooksObject).Assembly.GetManifestResourceStream(Resource)!;
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}
