using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The forms of each program, the fullest first. What the kernel says it cannot do is not tried; what it refuses all the same
/// (a verifier that is older than its helpers) falls to the next.
/// </summary>
internal static class ProgramForms
{
    private const string NoListen = "This kernel does not tell sock_ops the current cgroup: listen() is not heard";
    private const string NoNames = "This kernel does not let XDP loop over what a SYN carries (Linux 5.18 does): ids, names in data and ClientHellos are not read";

    internal static IReadOnlyList<ProgramForm> SockOps(HooksConfig config)
    {
        var listens = config with { ListenCgroup = 1, ListenPid = KernelFeatures.SockOpsKnowsProcess ? (byte)1 : (byte)0 };
        return [.. KernelFeatures.SockOpsKnowsCgroup ? [new ProgramForm(listens)] : Array.Empty<ProgramForm>(), new ProgramForm(config, NoListen)];
    }

    /// <summary>XDP and tcx, which read packets.</summary>
    internal static IReadOnlyList<ProgramForm> Packets(HooksConfig config, bool clientHello)
    {
        var names = config with { XdpNames = 1, ClientHello = clientHello ? (byte)1 : (byte)0 };
        return [.. KernelFeatures.XdpReadsNames ? [new ProgramForm(names)] : Array.Empty<ProgramForm>(), new ProgramForm(config, NoNames)];
    }
}
