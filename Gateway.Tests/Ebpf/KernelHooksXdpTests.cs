using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>XDP attached for real, to devices of namespaces made here.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelHooksXdpTests
{
    private const uint Function = 9;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void OnConnection_GenericOnLoopback_XdpTellsAndSockOpsIsSilent(string address)
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(XdpAttach.Generic, "lo");
            using var listener = new Loopback(IPAddress.Parse(address));
            kernel.Hooks.SetDestination(IPAddress.Parse(address), listener.Port, Function);
            kernel.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);

            var client = listener.Connect(IPAddress.Parse(address));

            var e = Assert.Single(kernel.EventsSoFar());
            Assert.Equal((HookKind.Xdp, Triggers.Syn), (e.Hook, e.Kind));
            Assert.Equal(client, e.Remote);
            Assert.Equal(new IPEndPoint(IPAddress.Parse(address), listener.Port), e.Local);
            Assert.Contains(new HookAttachment("lo", "generic"), kernel.Hooks.Attachments);
            Assert.Contains(new HookAttachment("*", "sock_ops"), kernel.Hooks.Attachments);
        });
    }

    [Fact]
    public void OnConnection_NativeOnVeth_XdpTells()
    {
        var server = IPAddress.Parse("192.0.2.1");
        using var here = new NetworkNamespace();
        using var there = new NetworkNamespace();
        here.Run(() =>
        {
            NetworkNamespace.Ip($"link add hs0 type veth peer name hs1 netns {there.ThreadId}");
            NetworkNamespace.Ip($"address add {server}/24 dev hs0");
            NetworkNamespace.Ip("link set hs0 up");
        });
        there.Run(() =>
        {
            NetworkNamespace.Ip("address add 192.0.2.2/24 dev hs1");
            NetworkNamespace.Ip("link set hs1 up");
        });
        here.Run(() =>
        {
            using var kernel = new HookedKernel(XdpAttach.Native, "hs0");
            using var listener = new Loopback(IPAddress.Any);
            kernel.Hooks.SetDestination(IPAddress.Any, listener.Port, Function);
            kernel.Hooks.Arm(Function, Triggers.Syn);

            IPEndPoint? client = null;
            there.Run(() => client = listener.Connect(server));

            var e = Assert.Single(kernel.EventsSoFar());
            Assert.Equal((HookKind.Xdp, client!), (e.Hook, e.Remote));
            Assert.Contains(new HookAttachment("hs0", "native"), kernel.Hooks.Attachments);
        });
    }

    [Fact]
    public void Attach_NativeWhereTheDriverHasNone_FallsBackToGenericAndSaysWhy()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(XdpAttach.Native, "lo");
            var lo = kernel.Hooks.Attachments.Single(attachment => attachment.Interface == "lo");
            Assert.Equal("generic", lo.Mode);
            Assert.Equal("The driver of lo (no driver) has no native XDP.", lo.Why);
        });
    }

    [Fact]
    public void Attach_AutoOnVirtualDevices_AttachesNoneAndSaysWhy()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            NetworkNamespace.Ip("link add hs0 type veth peer name hs1");
            NetworkNamespace.Ip("link set hs0 up");
            NetworkNamespace.Ip("tuntap add hs2 mode tap");
            NetworkNamespace.Ip("link set hs2 up");
            using var kernel = new HookedKernel(XdpAttach.Auto);
            var xdp = kernel.Hooks.Attachments.Where(attachment => attachment.Interface != "*").ToList();

            Assert.Equal(["hs0", "hs2", "lo"], xdp.Select(attachment => attachment.Interface).Order()); // hs1 is down
            Assert.All(xdp, attachment => Assert.Equal("none", attachment.Mode));
            Assert.Contains(xdp, attachment => attachment.Why == "hs0 is a virtual device (veth); sock_ops hears it.");
        });
    }

    [Fact]
    public void Attach_AutoWithoutSockOps_SaysThatVirtualDevicesAreNotHeard()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            // No cgroup is there, so the kernel refuses sock_ops.
            using var hooks = KernelHooks.Attach(new KernelHooksOptions { Xdp = XdpAttach.Auto, CgroupRoot = "/tmp" }, new EventLog(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

            Assert.Contains(hooks.Attachments, attachment => attachment is { Interface: "*", Refused: "sock_ops" });
            Assert.Equal("lo is the loopback device, and without sock_ops its SYNs are not heard.", hooks.Attachments.Single(attachment => attachment.Interface == "lo").Why);
        });
    }

    [Fact]
    public void Attach_InterfaceThatIsNotThere_SaysWhichAreAndKeepsSockOps()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(XdpAttach.Generic, "ethernet9");
            Assert.Equal(
                [new HookAttachment("*", "sock_ops"), new HookAttachment("ethernet9", "none", "There is no network interface ethernet9; there are: lo.")],
                kernel.Hooks.Attachments);
        });
    }

    [Fact]
    public void Attach_AnotherXdpProgramIsThere_TakesTcxAndSaysWhy()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var first = new HookedKernel(XdpAttach.Generic, "lo");
            using var second = new HookedKernel(XdpAttach.Generic, "lo");
            var lo = second.Hooks.Attachments.Single(attachment => attachment.Interface == "lo");
            Assert.Equal(("tcx", "Another XDP program is attached to lo (bpftool net shows it)."), (lo.Mode, lo.Why));

            using var listener = new Loopback(IPAddress.Loopback);
            second.Hooks.SetDestination(IPAddress.Loopback, listener.Port, Function);
            second.Hooks.Arm(Function, Triggers.Syn | Triggers.Established);
            var client = listener.Connect(IPAddress.Loopback);

            var e = Assert.Single(second.EventsSoFar());
            Assert.True(e.Hook == HookKind.Tcx, string.Join(", ", second.Hooks.ReadCounters().Where(counter => counter.Count > 0)));
            Assert.Equal(Triggers.Syn, e.Kind);
            Assert.Equal((client, new IPEndPoint(IPAddress.Loopback, listener.Port)), (e.Remote, e.Local));
        });
    }

    [Fact]
    public void Interfaces_ThatComeAndGo_AreFollowed()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(XdpAttach.Generic, "hs0", "hs9");
            using var changed = new SemaphoreSlim(0);
            kernel.Hooks.AttachmentsChanged += (_, _) => changed.Release();
            Assert.Equal("none", ModeOf("hs0"));

            NetworkNamespace.Ip("link add hs0 type veth peer name hs1");
            Await("hs0", "generic");
            NetworkNamespace.Ip("link set hs0 name hs9");
            Await("hs9", "generic");
            Assert.Equal("none", ModeOf("hs0"));
            NetworkNamespace.Ip("link del hs9");
            Await("hs9", "none");

            string ModeOf(string name) => kernel.Hooks.Attachments.Single(attachment => attachment.Interface == name).Mode;

            void Await(string name, string mode)
            {
                while (ModeOf(name) != mode)
                {
                    Assert.True(changed.Wait(TimeSpan.FromSeconds(10)), $"{name} is {ModeOf(name)}, not {mode}");
                }
            }
        });
    }

    // Whether tcx stood in for it or, as before Linux 6.6, nothing did.
    [Theory]
    [InlineData("tcx")]
    [InlineData("none")]
    public void Attach_TheOtherProgramLeaves_XdpIsTriedAgainWhenLinksChange(string meanwhile)
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            NetworkNamespace.Ip("link add hs0 type veth peer name hs1");
            NetworkNamespace.Ip("link set hs0 up");
            var first = new HookedKernel(XdpAttach.Native, "hs0");
            using var kernel = new HookedKernel(new KernelHooksOptions
            {
                Xdp = XdpAttach.Native, Interfaces = ["hs0"], MaxFunctions = 1024, Image = meanwhile == "none" ? BpfImage.WithoutProgram("tc") : null,
            });
            using var changed = new SemaphoreSlim(0);
            kernel.Hooks.AttachmentsChanged += (_, _) => changed.Release();
            Assert.Equal(meanwhile, ModeOf("hs0"));
            NetworkNamespace.Ip("link add hs2 type veth peer name hs3"); // still busy
            Assert.Equal(meanwhile, ModeOf("hs0"));

            first.Dispose();
            NetworkNamespace.Ip("link add hs4 type veth peer name hs5");

            while (ModeOf("hs0") != "native")
            {
                Assert.True(changed.Wait(TimeSpan.FromSeconds(10)), $"hs0 is {ModeOf("hs0")}");
            }
            Assert.Null(kernel.Hooks.Attachments.Single(attachment => attachment.Interface == "hs0").Why);

            string ModeOf(string name) => kernel.Hooks.Attachments.Single(attachment => attachment.Interface == name).Mode;
        });
    }

    [Fact]
    public void Interface_ThatLeavesABridge_StaysAttached()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            NetworkNamespace.Ip("link add hs0 type veth peer name hs1");
            NetworkNamespace.Ip("link add br0 type bridge");
            NetworkNamespace.Ip("link set hs0 master br0");
            using var kernel = new HookedKernel(XdpAttach.Generic, "hs0", "hs2");
            using var changed = new SemaphoreSlim(0);
            kernel.Hooks.AttachmentsChanged += (_, _) => changed.Release();

            NetworkNamespace.Ip("link set hs0 nomaster");
            NetworkNamespace.Ip("link add hs2 type veth peer name hs3"); // told after the others

            Assert.True(changed.Wait(TimeSpan.FromSeconds(10)));
            Assert.Equal(["generic", "generic"], kernel.Hooks.Attachments.Where(attachment => attachment.Interface is "hs0" or "hs2").Select(attachment => attachment.Mode));
        });
    }
}
