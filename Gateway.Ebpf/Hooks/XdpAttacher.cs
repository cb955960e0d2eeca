namespace Gateway.Ebpf.Hooks;

/// <summary>Attaches the XDP program to the chosen interfaces. A refusal is a sentence, not an error: sock_ops is there.</summary>
internal sealed class XdpAttacher(BpfProgram program, XdpAttach xdp, Stack<IDisposable> owned)
{
    internal HookAttachment Attach(NetworkDevice device)
    {
        if (xdp == XdpAttach.Generic)
        {
            return TryAttach(device, XdpLinkMode.Generic) is { } refusal ? None(device, refusal) : new HookAttachment(device.Name, "generic");
        }
        var native = TryAttach(device, XdpLinkMode.Native);
        if (native is null)
        {
            return new HookAttachment(device.Name, "native");
        }
        if (xdp == XdpAttach.Auto)
        {
            return None(device, native);
        }
        return TryAttach(device, XdpLinkMode.Generic) is { } generic
            ? None(device, generic)
            : new HookAttachment(device.Name, "generic", Sentence(device, "native", native));
    }

    private BpfException? TryAttach(NetworkDevice device, XdpLinkMode mode)
    {
        try
        {
            owned.Push(program.AttachXdp(device.Index, mode));
            return null;
        }
        catch (BpfException e)
        {
            return e;
        }
    }

    private static HookAttachment None(NetworkDevice device, BpfException e) => new(device.Name, "none", Sentence(device, "any", e));

    private static string Sentence(NetworkDevice device, string mode, BpfException e) => e.Errno switch
    {
        ErrnoNames.EOPNOTSUPP => $"The driver of {device.Name} ({Driver(device)}) has no native XDP.",
        ErrnoNames.EBUSY or ErrnoNames.EEXIST => $"Another XDP program is attached to {device.Name} (bpftool net shows it).",
        ErrnoNames.ENODEV => $"{device.Name} went away.",
        _ => $"The kernel refused {mode} XDP on {device.Name} ({Driver(device)}) with {ErrnoNames.Describe(e.Errno)}.",
    };

    private static string Driver(NetworkDevice device) => device.Driver.Length == 0 ? "no driver" : device.Driver;
}
