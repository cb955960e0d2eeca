using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>One way to load a program. The verifier takes the configuration for constants, so it never sees the code that they leave out.</summary>
/// <param name="Config">The read-only data that the program is loaded with.</param>
/// <param name="Lacks">A sentence, without its full stop, about what the program cannot do in this form; null for the full form.</param>
internal sealed record ProgramForm(HooksConfig Config, string? Lacks = null);
