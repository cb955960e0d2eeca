using Gateway.Ebpf.Hooks;
using Gateway.Model;

namespace Gateway.Signals;

/// <summary>Tells the kernel the earliest signal that it reports. Without eBPF there is nothing to withhold, and it does nothing. Thread safe.</summary>
internal sealed class KernelFloor(KernelAttachment kernel) : ISignalFloor
{
    /// <summary>What nobody takes back ends by itself after this time, so that nothing is withheld for ever by mistake.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public void Set(SourceGroup group, SignalKind earliest) => kernel.Use(
        hooks =>
        {
            hooks.Limits.Withhold(group.Address, EarlierThan(earliest), Longest);
            return true;
        },
        without: false);

    public void SetForAll(SignalKind earliest) => kernel.Use(
        hooks =>
        {
            hooks.Limits.Withhold(EarlierThan(earliest));
            return true;
        },
        without: false);

    private static Triggers EarlierThan(SignalKind earliest) => earliest switch
    {
        SignalKind.Syn => Triggers.None,
        SignalKind.Established => Triggers.Syn,
        SignalKind.ClientHello => Triggers.Syn | Triggers.Established,
        _ => Triggers.Syn | Triggers.Established | Triggers.ClientHello,
    };
}
