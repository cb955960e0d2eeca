using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>Asks this kernel what it lets programs do. Its version alone says little, because distributions backport features.</summary>
internal static class KernelFeatures
{
    /// <summary>The first version whose XDP accepts packets of several buffers.</summary>
    private static readonly Version FragmentsSince = new(5, 18);

    /// <summary>Whether sock_ops programs may ask which cgroup listens (not so in Linux 6.1).</summary>
    internal static bool SockOpsKnowsCgroup =>
        Has(BpfHelper.BPF_FUNC_get_current_cgroup_id) && Has(BpfHelper.BPF_FUNC_get_current_ancestor_cgroup_id);

    /// <summary>Whether XDP programs can read what names a function in a SYN (Linux 5.18).</summary>
    internal static bool XdpReadsNames =>
        Has(BpfHelper.BPF_FUNC_loop, BpfProgramType.BPF_PROG_TYPE_XDP) && Has(BpfHelper.BPF_FUNC_xdp_load_bytes, BpfProgramType.BPF_PROG_TYPE_XDP);

    /// <summary>Whether XDP programs may see packets of several buffers, which drivers ask for with large MTUs.</summary>
    internal static bool XdpFragments => Environment.OSVersion.Version >= FragmentsSince;

    /// <summary>Whether the kernel was built with programs of this type.</summary>
    internal static bool Has(BpfProgramType type) => Probe(() => BpfFeatures.HasProgramType(type));

    private static bool Has(BpfHelper helper, BpfProgramType type = BpfProgramType.BPF_PROG_TYPE_SOCK_OPS) =>
        Probe(() => BpfFeatures.HasHelper(type, helper));

    // A feature that cannot be probed is taken to be missing.
    private static bool Probe(Func<bool> probe)
    {
        try
        {
            return probe();
        }
        catch (BpfException)
        {
            return false;
        }
    }
}
