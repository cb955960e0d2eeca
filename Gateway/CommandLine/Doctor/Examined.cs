using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;

namespace Gateway.CommandLine.Doctor;

/// <summary>What the checks judge: a configuration, and what was asked of the kernel once for all of them.</summary>
/// <param name="Options">The configuration that a start would use.</param>
/// <param name="Kernel">What the kernel would let the gateway attach.</param>
/// <param name="Rights">The rights that the gateway would have, run as this process is.</param>
internal sealed record Examined(GatewayOptions Options, KernelExamination Kernel, GatewayRights Rights)
{
    /// <summary>Gets whether the kernel's signals are wanted.</summary>
    public bool WantsKernel => Options.Ebpf.Mode != EbpfMode.Off;

    /// <summary>Gets whether connections to functions would be steered to a few sockets, so that their addresses are not bound.</summary>
    public bool Steers => WantsKernel && Kernel.Programs.Any(program => program.Program == "sk_lookup" && program.Outcome != "refused");

    /// <summary>Gets whether containers are wanted: those of a function, or any if nothing is configured. A runtime with settings of its own has an engine.</summary>
    public bool WantsContainers => Options.Functions.Count == 0 || Options.Functions.Values.Any(function => Options.Runtimes.ContainsKey(function.Run.Runtime));

    /// <summary>Returns what the kernel does with a program, or null if it was not asked.</summary>
    public HookProgram? Program(string name) => Kernel.Programs.FirstOrDefault(program => program.Program == name);

    /// <summary>Returns why a program is not there, or null if it is.</summary>
    public string? WhyNot(string name) => Kernel.WhyNone ?? (Program(name) is { Outcome: "refused" } refused ? refused.Why : null);
}
