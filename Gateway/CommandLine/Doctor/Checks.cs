using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Signals;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.CommandLine.Doctor;

/// <summary>All checks, in the order in which they are told. None changes anything of the machine.</summary>
internal static class Checks
{
    private static readonly Func<Examined, Finding>[] s_machine =
    [
        KernelChecks.Release, KernelChecks.Syns, KernelChecks.Listens, KernelChecks.Steering, KernelChecks.Packets,
        CapabilityChecks.Bpf, CapabilityChecks.Perfmon, CapabilityChecks.NetAdmin, CapabilityChecks.LowPorts,
        CgroupChecks.Mount, CgroupChecks.Moves,
        DescriptorChecks.Limit,
        SysctlChecks.DataInSyn, SysctlChecks.Backlog, SysctlChecks.Cookies, ForwardingChecks.Program,
    ];

    /// <summary>Examines the machine for a configuration.</summary>
    /// <param name="options">The configuration that a start would use.</param>
    /// <param name="contentRoot">The directory that relative paths start from.</param>
    /// <param name="modules">The runtimes that functions can run on.</param>
    public static async Task<IReadOnlyList<Finding>> RunAsync(GatewayOptions options, string contentRoot, IReadOnlyList<IRuntimeModule> modules, CancellationToken cancellationToken)
    {
        var machine = new Examined(options, KernelExamination.Of(HookOptions.Of(options), NullLogger.Instance), GatewayRights.Read());
        var runtimes = modules.Select(module => module.ExamineAsync(OfRuntime(module, machine, contentRoot), cancellationToken)).ToArray();
        return [.. s_machine.Select(check => check(machine)), .. InterfaceChecks.All(machine), .. (await Task.WhenAll(runtimes)).SelectMany(findings => findings)];
    }

    private static RuntimeExamination OfRuntime(IRuntimeModule module, Examined machine, string contentRoot) => new(
        [.. machine.Options.Functions.Values.Where(function => function.Run.Runtime == module.Name)],
        machine.Options.Runtimes.GetValueOrDefault(module.Name),
        machine.Kernel.CgroupRoot,
        contentRoot,
        TimeProvider.System);
}
