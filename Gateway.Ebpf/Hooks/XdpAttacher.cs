using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Attaches to one interface: XDP as the configuration asks for it, or tcx if another XDP program is attached already. A refusal is not an
/// error but a sentence, because sock_ops, if it is attached, sees the connections too.
/// </summary>
internal sealed class XdpAttacher(LoadedProgram program, LoadedProgram tcx, XdpAttach xdp, bool hasSockOps)
{
    internal Attached Attach(NetworkDevice device)
    {
        if (XdpPlan.WhyNot(xdp, device) is { } why)
        {
            return None(device, $"{why.TrimEnd('.')}{(hasSockOps ? "; sock_ops hears it" : ", and without sock_ops its SYNs are not heard")}.");
        }
        if (program.Program is null)
        {
            return AttachTcx(device, "The kernel refused the XDP program.");
        }
        if (AttachXdp(device, out var refusal) is { } attached)
        {
            return attached;
        }
        var sentence = Sentence(device, "any", refusal!);
        return (IsBusy(refusal!) ? AttachTcx(device, sentence) : None(device, sentence)) with { Refusal = refusal };
    }

    /// <summary>Tries XDP again on a device where it was refused. Returns null if it still is.</summary>
    internal Attached? RetryXdp(NetworkDevice device) => AttachXdp(device, out _);

    /// <summary>Returns whether another XDP program was in the way. Nothing reports when that one is detached.</summary>
    internal static bool IsBusy(BpfException refusal) => refusal.Errno is ErrnoCodes.EBUSY or ErrnoCodes.EEXIST;

    /// <summary>Returns whether a change of the device itself (its MTU, its queues) may end the refusal.</summary>
    internal static bool MayPass(BpfException refusal) => refusal.Errno is not (ErrnoCodes.EOPNOTSUPP or ErrnoCodes.ENODEV);

    private Attached? AttachXdp(NetworkDevice device, out BpfException? refusal)
    {
        var first = xdp == XdpAttach.Generic ? XdpLinkMode.Generic : XdpLinkMode.Native;
        if (TryXdp(device, first, out refusal) is { } link)
        {
            return new Attached(link, new HookAttachment(device.Name, Name(first), program.Why));
        }
        if (xdp == XdpAttach.Native && !IsBusy(refusal!) && TryXdp(device, XdpLinkMode.Generic, out _) is { } slower)
        {
            return new Attached(slower, new HookAttachment(device.Name, Name(XdpLinkMode.Generic), Sentence(device, "native", refusal!)));
        }
        return null;

        static string Name(XdpLinkMode mode) => mode == XdpLinkMode.Native ? "native" : "generic";
    }

    private Attached AttachTcx(NetworkDevice device, string why)
    {
        if (tcx.Program is null)
        {
            return None(device, $"{why} The kernel refused the tcx program too.");
        }
        try
        {
            return new Attached(tcx.Program.AttachTcx(device.Index), new HookAttachment(device.Name, "tcx", why));
        }
        catch (BpfException e)
        {
            return None(device, $"{why} tcx instead was refused with {ErrnoCodes.Describe(e.Errno)} (Linux 6.6 has it).");
        }
    }

    private static Attached None(NetworkDevice device, string why) => new(null, new HookAttachment(device.Name, "none", why));

    private BpfLink? TryXdp(NetworkDevice device, XdpLinkMode mode, out BpfException? refusal)
    {
        try
        {
            refusal = null;
            return program.Program!.AttachXdp(device.Index, mode);
        }
        catch (BpfException e)
        {
            refusal = e;
            return null;
        }
    }

    private static string Sentence(NetworkDevice device, string mode, BpfException e) => e.Errno switch
    {
        ErrnoCodes.EOPNOTSUPP => $"The driver of {device.Name} ({Driver(device)}) has no native XDP.",
        ErrnoCodes.EBUSY or ErrnoCodes.EEXIST => $"Another XDP program is attached to {device.Name} (bpftool net shows it).",
        ErrnoCodes.ENODEV => $"{device.Name} went away.",
        _ => $"The kernel refused {mode} XDP on {device.Name} ({Driver(device)}) with {ErrnoCodes.Describe(e.Errno)}.",
    };

    private static string Driver(NetworkDevice device) => device.Driver.Length == 0 ? "no driver" : device.Driver;
}

/// <summary>The result of attaching to one interface.</summary>
/// <param name="Link">The link; null if nothing is attached.</param>
/// <param name="Attachment">The result as users see it.</param>
/// <param name="Refusal">The kernel's refusal of XDP; null if it did not refuse.</param>
internal sealed record Attached(BpfLink? Link, HookAttachment Attachment, BpfException? Refusal = null);
