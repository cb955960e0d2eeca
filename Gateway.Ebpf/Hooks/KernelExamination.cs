using LibBpf;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// What this kernel, and the rights of this process, would give <see cref="KernelHooks"/>. The programs are loaded, which is the only way to hear what the
/// verifier says, and unloaded again. Nothing is attached, so nothing sees a packet.
/// </summary>
public sealed record KernelExamination
{
    /// <summary>Whether libbpf is missing or too old, as <see cref="WhyNone"/> says.</summary>
    public bool LacksLibrary { get; private init; }

    /// <summary>Why no program can be loaded at all, in one sentence; null if the programs tell for themselves.</summary>
    public string? WhyNone { get; private init; }

    /// <summary>What the kernel does with each program that the options want; empty if <see cref="WhyNone"/> says why.</summary>
    public IReadOnlyList<HookProgram> Programs { get; private init; } = [];

    /// <summary>Where cgroup v2 is mounted, as sock_ops would be attached there; null if it is not.</summary>
    public string? CgroupRoot { get; private init; }

    /// <summary>Whether <see cref="CgroupRoot"/> is the machine's root, below which every program is.</summary>
    public bool IsMachineRoot { get; private init; }

    /// <summary>Whether listen() of functions would be reported.</summary>
    public bool HearsListen { get; private init; }

    /// <summary>The network interfaces of this namespace.</summary>
    public IReadOnlyList<ExaminedDevice> Devices { get; private init; } = [];

    /// <summary>Looks at the kernel.</summary>
    /// <param name="options">What would be attached.</param>
    /// <param name="logger">Receives what libbpf says.</param>
    public static KernelExamination Of(KernelHooksOptions options, ILogger logger)
    {
        var (root, isMachines) = FindRoot(options);
        var places = new KernelExamination { CgroupRoot = root, IsMachineRoot = isMachines, Devices = DevicesOf(options) };
        LibBpfLog.Use(logger);
        try
        {
            LibBpfLibrary.EnsureAvailable();
        }
        catch (BpfException e)
        {
            return places with { LacksLibrary = true, WhyNone = e.Message };
        }
        try
        {
            using var programs = KernelPrograms.Load(options, NetworkInterfaces.NetnsCookie());
            return places with
            {
                Programs = [.. programs.All.Select(program => program.Outcome)],
                HearsListen = places.IsMachineRoot && programs.SockOps is { Program: not null, Config: { ListenCgroup: 1 } or { ListenOrigin: 1 } },
            };
        }
        catch (BpfException e)
        {
            return places with { WhyNone = e.Message };
        }
    }

    private static (string? Root, bool IsMachines) FindRoot(KernelHooksOptions options)
    {
        try
        {
            var root = options.CgroupRoot ?? Cgroup.FindRoot();
            return (root, Cgroup.IdOf(root) == Cgroup.RootId);
        }
        catch (BpfException)
        {
            return (null, false);
        }
    }

    /// <summary>Says what of XDP is for each network interface, and asks nothing else of the kernel.</summary>
    public static IReadOnlyList<ExaminedDevice> DevicesOf(KernelHooksOptions options)
    {
        try
        {
            return [.. NetworkInterfaces.All().Select(device => new ExaminedDevice(
                device.Name, device.Driver, XdpPlan.Concerns(options.Xdp, options.Interfaces, device), XdpPlan.WhyNot(options.Xdp, device), XdpPlan.WhyNotNative(device)))];
        }
        catch (BpfException)
        {
            return [];
        }
    }
}

/// <summary>A network interface, and what of XDP is for it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Driver">Its driver; empty if it names none.</param>
/// <param name="IsWanted">Whether the options want XDP there: it is named, or none is and it is up.</param>
/// <param name="WhyNot">Why XDP is not attached there all the same, in one sentence; null if it is tried.</param>
/// <param name="WhyNoCard">Why it is no network card, in one sentence; null if it is one.</param>
public sealed record ExaminedDevice(string Name, string Driver, bool IsWanted, string? WhyNot, string? WhyNoCard);
