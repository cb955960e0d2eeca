namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Attaches to one interface: XDP as the configuration asks for it, or tcx where another program has XDP's one place. A refusal is a
/// sentence, not an error: sock_ops is there.
/// </summary>
internal sealed class XdpAttacher(LoadedProgram program, LoadedProgram tcx, XdpAttach xdp)
{
    /// <returns>The link, null when there is none, and what to say of it.</returns>
    internal (BpfLink? Link, HookAttachment Attachment) Attach(NetworkDevice device)
    {
        if (XdpPlan.WhyNot(xdp, device) is { } why)
        {
            return (null, None(device, why));
        }
        if (program.Program is null)
        {
            return AttachTcx(device, "The kernel refused the XDP program.");
        }
        var first = xdp == XdpAttach.Generic ? XdpLinkMode.Generic : XdpLinkMode.Native;
        if (TryXdp(device, first, out var refusal) is { } link)
        {
            return (link, new HookAttachment(device.Name, Name(first), program.Why));
        }
        if (refusal!.Errno is ErrnoNames.EBUSY or ErrnoNames.EEXIST)
        {
            return AttachTcx(device, Sentence(device, "any", refusal));
        }
        if (xdp == XdpAttach.Native && TryXdp(device, XdpLinkMode.Generic, out var generic) is { } slower)
        {
            return (slower, new HookAttachment(device.Name, Name(XdpLinkMode.Generic), Sentence(device, "native", refusal)));
        }
        return (null, None(device, Sentence(device, "any", refusal)));
    }

    private (BpfLink? Link, HookAttachment Attachment) AttachTcx(NetworkDevice device, string why)
    {
        if (tcx.Program is null)
        {
            return (null, None(device, $"{why} The kernel refused the tcx program too."));
        }
        try
        {
            return (tcx.Program.AttachTcx(device.Index), new HookAttachment(device.Name, "tcx", why));
        }
        catch (BpfException e)
        {
            return (null, None(device, $"{why} tcx instead was refused with {ErrnoNames.Describe(e.Errno)} (Linux 6.6 has it)."));
        }
    }

    private static HookAttachment None(NetworkDevice device, string why) => new(device.Name, "none", why);

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
