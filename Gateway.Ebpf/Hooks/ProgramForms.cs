using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The forms of each program, the fullest first. What the kernel says it cannot do is not tried; what it refuses all the same
/// (a verifier that is older than its helpers) falls to the next.
/// </summary>
internal static class ProgramForms
{
    private const string NoListen = "This kernel tells sock_ops neither the current cgroup nor who made a socket: listen() is not heard";
    private const string NoNames = "This kernel does not let XDP loop over what a SYN carries (Linux 5.18 does): ids, names in data and ClientHellos are not read";

    /// <summary>sock_ops that asks for the current cgroup.</summary>
    internal static ProgramForm AsksCgroup(HooksConfig config) =>
        new(config with { ListenCgroup = 1, ListenPid = KernelFeatures.SockOpsKnowsProcess ? (byte)1 : (byte)0 });

    /// <summary>sock_ops that asks the socket who made it; with sock_create.</summary>
    internal static ProgramForm AsksSocket(HooksConfig config) => new(config with { ListenOrigin = 1 });

    internal static ProgramForm HearsNoListen(HooksConfig config) => new(config, NoListen);

    /// <summary>XDP and tcx, which read packets.</summary>
    internal static IReadOnlyList<ProgramForm> Packets(HooksConfig config, bool clientHello)
    {
        var names = config with { XdpNames = 1, ClientHello = clientHello ? (byte)1 : (byte)0 };
        return [.. KernelFeatures.XdpReadsNames ? [new ProgramForm(names)] : Array.Empty<ProgramForm>(), new ProgramForm(config, NoNames)];
    }
}
