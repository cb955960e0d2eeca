namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Attaches to one interface: XDP as the configuration asks for it, or tcx where another program has XDP's one place. A refusal is a
/// sentence, not an error: sock_ops is there.
/// </summary>
internal sealed class XdpAttacher(BpfProgram program, BpfProgram tcx, XdpAttach xdp)
{
    /// <returns>The link, null when there is none, and what to say of it.</returns>
    internal (BpfLink? Link, HookAttachment Attachment) Attach(NetworkDevice device)
    {
        if (XdpPlan.WhyNot(xdp, device) is { } why)
        {
            return (null, new HookAttachment(device.Name, "none", why));
        }
        var first = xdp == XdpAttach.Generic ? XdpLinkMode.Generic : XdpLinkMode.Native;
        if (TryXdp(device, first, out var refusal) is { } link)
        {
            return (link, new HookAttachment(device.Name, Name(first)));
        }
        if (refusal!.Errno is ErrnoNames.EBUSY or ErrnoNames.EEXIST)
        {
            return AttachTcx(device, refusal);
        }
        if (xdp == XdpAttach.Native && TryXdp(device, XdpLinkMode.Generic, out var generic) is { } slower)
        {
            return (slower, new HookAttachment(device.Name, Name(XdpLinkMode.Generic), Sentence(device, "native", refusal)));
        }
        return (null, new HookAttachment(device.Name, "none", Sentence(device, "any", refusal)));
    }

    private (BpfLink? Link, HookAttachment Attachment) AttachTcx(NetworkDevice device, BpfException refusal)
    {
        var why = Sentence(device, "any", refusal);
        try
        {
            return (tcx.AttachTcx(device.Index), new HookAttachment(device.Name, "tcx", why));
        }
        catch (BpfException e)
        {
            return (null, new HookAttachment(device.Name, "none", $"{why} tcx instead was refused with {ErrnoNames.Describe(e.Errno)} (Linux 6.6 has it)."));
        }
    }

    private BpfLink? TryXdp(NetworkDevice device, XdpLinkMode mode, out BpfException? refusal)
    {
        try
        {
            refusal = null;
            return program.AttachXdp(device.Index, mode);
        }
        catch (BpfException e)
        {
            refusal = e;
            return null;
        }
    }

    private static string Name(XdpLinkMode mode) => mode == XdpLinkMode.Native ? "native" : "generic";

    private static string Sentence(NetworkDevice device, string mode, BpfException e) => e.Errno switch
    {
        ErrnoNames.EOPNOTSUPP => $"The driver of {device.Name} ({Driver(device)}) has no native XDP.",
        ErrnoNames.EBUSY or ErrnoNames.EEXIST => $"Another XDP program is attached to {device.Name} (bpftool net shows it).",
        ErrnoNames.ENODEV => $"{device.Name} went away.",
        _ => $"The kernel refused {mode} XDP on {device.Name} ({Driver(device)}) with {ErrnoNames.Describe(e.Errno)}.",
    };

    private static string Driver(NetworkDevice device) => device.Driver.Length == 0 ? "no driver" : device.Driver;
}
