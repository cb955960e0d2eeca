using LibBpf;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf.Hooks;

/// <summary>Loads and attaches the programs, and records what the kernel refuses.</summary>
public sealed partial class KernelHooks
{
    /// <summary>
    /// Loads the programs and attaches them. SYNs are seen in the network namespace of the calling thread, listen() in every one.
    /// Every function begins disarmed. Programs that the kernel refuses are left out, and <see cref="Programs"/> says why.
    /// </summary>
    /// <exception cref="BpfException">libbpf, a capability or the kernel's support is missing, so that no SYN would be seen. Nothing stays attached.</exception>
    public static KernelHooks Attach(KernelHooksOptions options, IKernelEvents events, ILogger logger)
    {
        LibBpfLog.Use(logger);
        LibBpfLibrary.EnsureAvailable();
        var owned = new Stack<IDisposable>();
        try
        {
            var programs = KernelPrograms.Load(options, NetworkInterfaces.NetnsCookie());
            owned.Push(programs);
            var hooks = new KernelHooks(programs, owned, options.Limits.ProvenFor);
            owned.Push(programs.Maps.ReadRingBuffer("events", new EventReader(events).OnRecord, logger, urgent: true));
            var sockOps = hooks.AttachEverywhere(programs.SockOps, () => hooks.AttachSockOps(options));
            if (hooks.CgroupRoot is null && (options.RequireSockOps || programs.Xdp?.Program is null && programs.Tcx?.Program is null))
            {
                throw new BpfException(sockOps.Why!, "attaching sock_ops", errno: 0);
            }
            hooks._everywhere = [sockOps, .. hooks.AttachSockCreate(), .. hooks.AttachSkLookup(), .. hooks.RefusedPacketPrograms()];
            hooks.Programs = [.. programs.All.Select(hooks.OutcomeOf)];
            hooks.AttachDevices(options, logger);
            return hooks;
        }
        catch
        {
            Release(owned);
            throw;
        }
    }

    // For programs that see every interface. A refusal to attach one has the effect of a refusal to load it.
    private HookAttachment AttachEverywhere(LoadedProgram program, Func<string?> attach)
    {
        if (program.Program is null)
        {
            return Refused(program.Name, program.Why!);
        }
        try
        {
            return new HookAttachment(Everywhere, program.Name, attach() ?? program.Why);
        }
        catch (BpfException e)
        {
            return Refused(program.Name, e.Message);
        }
    }

    /// <returns>Returns a sentence about what is not seen, or null.</returns>
    private string? AttachSockOps(KernelHooksOptions options)
    {
        var root = options.CgroupRoot ?? Cgroup.FindRoot();
        _owned.Push(_programs.SockOps.Program!.AttachCgroup(root));
        CgroupRoot = root;
        _hearsListen = _programs.SockOps.Config is { ListenCgroup: 1 } or { ListenOrigin: 1 };
        return Cgroup.IdOf(root) == Cgroup.RootId ? null : $"{root} is not the machine's cgroup root: listen() outside it is not heard.";
    }

    // Where sock_ops cannot ask for the current cgroup, sock_create stores it with each socket. It is reported only if it was refused.
    private IEnumerable<HookAttachment> AttachSockCreate()
    {
        if (_programs.SockCreate is not { } program || CgroupRoot is not { } root)
        {
            return [];
        }
        var attachment = AttachEverywhere(program, () =>
        {
            _owned.Push(program.Program!.AttachCgroup(root));
            return null;
        });
        _hearsListen &= attachment.Refused is null;
        return attachment.Refused is null ? [] : [attachment with { Why = $"{attachment.Why} listen() is not heard." }];
    }

    private IEnumerable<HookAttachment> AttachSkLookup()
    {
        if (_programs.SkLookup is not { } program)
        {
            return [];
        }
        var attachment = AttachEverywhere(program, () =>
        {
            _owned.Push(_steeringLink = program.Program!.AttachSkLookup());
            Steers = true;
            return null;
        });
        return [Steers ? attachment : attachment with { Why = $"{attachment.Why} Each address of a function is a socket of its own." }];
    }

    private IEnumerable<HookAttachment> RefusedPacketPrograms() =>
        new[] { _programs.Xdp, _programs.Tcx }.OfType<LoadedProgram>().Where(program => program.Program is null).Select(program => Refused(program.Name, program.Why!));

    private static HookAttachment Refused(string program, string why) => new(Everywhere, "none", why, program);

    private HookProgram OutcomeOf(LoadedProgram program)
    {
        return _everywhere.FirstOrDefault(attachment => attachment.Refused == program.Name) is { } refused
            ? new HookProgram(program.Name, "refused", refused.Why)
            : program.Outcome;
    }

    private void AttachDevices(KernelHooksOptions options, ILogger logger)
    {
        if (_programs is not { Xdp: { } xdp, Tcx: { } tcx } || (xdp.Program is null && tcx.Program is null))
        {
            return;
        }
        var attacher = new XdpAttacher(xdp, tcx, options.Xdp, hasSockOps: CgroupRoot is not null);
        _owned.Push(_devices = new DeviceHooks(options.Xdp, options.Interfaces, attacher, () => AttachmentsChanged?.Invoke(this, EventArgs.Empty), logger));
    }
}
