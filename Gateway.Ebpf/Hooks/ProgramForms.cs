using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The forms of each program, the fullest first. A form that needs a feature that the kernel does not have is not tried. The kernel may still
/// refuse a form (its verifier may be older than its helpers); then the next one is tried.
/// </summary>
internal static class ProgramForms
{
    private const string NoListen = "This kernel tells sock_ops neither the current cgroup nor who made a socket: listen() is not heard";
    private const string NoNames = "This kernel does not let XDP loop over what a SYN carries (Linux 5.18 does): ids, names in data and ClientHellos are not read";

    /// <summary>The form of sock_ops that asks for the current cgroup.</summary>
    internal static ProgramForm AsksCgroup(HooksConfig config) => new(config with { ListenCgroup = 1 });

    /// <summary>The form of sock_ops that asks the socket in which cgroup it was made, which sock_create has stored.</summary>
    internal static ProgramForm AsksSocket(HooksConfig config) => new(config with { ListenOrigin = 1 });

    /// <summary>The form of sock_ops that does not report listen().</summary>
    internal static ProgramForm HearsNoListen(HooksConfig config) => new(config, NoListen);

    /// <summary>The forms of XDP and tcx, which read packets.</summary>
    internal static IReadOnlyList<ProgramForm> Packets(HooksConfig config, bool clientHello)
    {
        var names = config with { XdpNames = 1, ClientHello = clientHello ? (byte)1 : (byte)0 };
        return [.. KernelFeatures.XdpReadsNames ? [new ProgramForm(names)] : Array.Empty<ProgramForm>(), new ProgramForm(config, NoNames)];
    }
}
