using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>One way to load a program: the verifier takes the configuration as constants and never sees what it leaves out.</summary>
/// <param name="Config">What it reads.</param>
/// <param name="Lacks">A sentence about what it cannot do, without the full stop; null when it does everything.</param>
internal sealed record ProgramForm(HooksConfig Config, string? Lacks = null);
