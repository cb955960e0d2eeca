using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>What became of one program of bpf/: loaded, loaded with less than everything, or refused.</summary>
/// <param name="Name">As in metrics: "sock_ops", "xdp".</param>
/// <param name="Object">Null when the kernel refused it.</param>
/// <param name="Program">In that object.</param>
/// <param name="Config">What it was loaded with.</param>
/// <param name="Why">One sentence, when it was refused or lacks something.</param>
internal sealed record LoadedProgram(string Name, BpfObject? Object, BpfProgram? Program, HooksConfig Config, string? Why)
{
    internal static LoadedProgram Refused(string name, string why) => new(name, null, null, default, why);
}
