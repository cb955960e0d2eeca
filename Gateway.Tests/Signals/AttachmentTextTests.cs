using Gateway.Ebpf.Hooks;
using Gateway.Signals;
using Xunit;

namespace Gateway.Tests.Signals;

public sealed class AttachmentTextTests
{
    [Fact]
    public void Describe_SeveralKinds_OneLineWithReasons() => Assert.Equal(
        "sock_ops, sk_lookup on every interface; eth0: native; eth1: tcx (Another XDP program is attached to eth1); There is no network interface eth9; there are: eth0.",
        AttachmentText.Describe(
        [
            new("*", "sock_ops"), new("*", "sk_lookup"), new("eth0", "native"), new("eth1", "tcx", "Another XDP program is attached to eth1."),
            new("eth9", "none", "There is no network interface eth9; there are: eth0."),
        ]));

    [Fact]
    public void Describe_WithoutSockOps_SaysWhoIsNotHeard() => Assert.Equal(
        "sk_lookup on every interface; eth0: native; no XDP on lo and virtual devices, and without sock_ops their SYNs are not heard (/api/ebpf has each).",
        AttachmentText.Describe(
        [
            new("*", "none", "cgroup v2 is not mounted.", "sock_ops"), new("*", "sk_lookup"), new("eth0", "native"),
            new("lo", "none", "lo is the loopback device, and without sock_ops its SYNs are not heard."),
        ]));

    [Fact]
    public void Describe_ManyVirtualDevices_AreOneRemarkHoweverMany()
    {
        HookAttachment[] few = [new("*", "sock_ops"), new("lo", "none", "lo is the loopback device; sock_ops hears it."), new("veth0", "none", "veth0 is a virtual device (veth); sock_ops hears it.")];
        var more = few.Append(new HookAttachment("veth1", "none", "veth1 is a virtual device (veth); sock_ops hears it.")).ToArray();

        Assert.Equal(AttachmentText.Describe(few), AttachmentText.Describe(more));
        Assert.Equal("sock_ops on every interface; no XDP on lo and virtual devices, sock_ops hears them (/api/ebpf has each).", AttachmentText.Describe(few));
    }
}
