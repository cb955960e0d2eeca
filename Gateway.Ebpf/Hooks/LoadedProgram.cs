using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>A program of bpf/ that was loaded, loaded in a reduced form, or refused.</summary>
/// <param name="Name">The name that metrics use: "sock_ops", "xdp".</param>
/// <param name="Object">The object that holds the program; null if the kernel refused it.</param>
/// <param name="Program">The program; null if the kernel refused it.</param>
/// <param name="Config">The read-only data that the program was loaded with.</param>
/// <param name="Why">One sentence, if the program was refused or reduced.</param>
internal sealed record LoadedProgram(string Name, BpfObject? Object, BpfProgram? Program, HooksConfig Config, string? Why)
{
    /// <summary>What the kernel did with the program, in the words of <see cref="HookProgram"/>.</summary>
    internal HookProgram Outcome => new(Name, Program is null ? "refused" : Why is null ? "loaded" : "reduced", Why);

    internal static LoadedProgram Refused(string name, string why) => new(name, null, null, default, why);
}
