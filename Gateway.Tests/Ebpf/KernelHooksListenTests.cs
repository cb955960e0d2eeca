using System.Diagnostics;
using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

[Collection(KernelCollection.Name)]
public sealed class KernelHooksListenTests
{
    private const int GetCurrentCgroupId = 80; // linux/bpf.h

    public static TheoryData<bool> Ways => [true, false];

    [Theory]
    [MemberData(nameof(Ways))]
    public void OnListen_ProcessInAwaitedCgroup_NamesCgroupPortAndProcess(bool asksCgroup)
    {
        using var kernel = Kernel(asksCgroup);
        using var cgroup = new ChildCgroup();
        var inner = Cgroup.IdOf(cgroup.Inner)!.Value;
        var outer = Cgroup.IdOf(cgroup.Outer)!.Value;
        var port = FreePort();
        using var wait = kernel.Hooks.AwaitListen(cgroup.Inner);

        var before = Stopwatch.GetTimestamp();
        cgroup.StartListener(port);
        var e = kernel.Log.NextListen(listen => listen.IsWithin(inner));

        Assert.Equal(inner, e.CgroupId);
        Assert.True(e.IsWithin(outer));
        Assert.False(e.IsWithin(inner + outer));
        Assert.False(e.IsWithin(0));
        Assert.Equal(port, e.Port);
        Assert.InRange(e.Timestamp, before, Stopwatch.GetTimestamp());
        Assert.True(kernel.Hooks.HearsListen(cgroup.Inner));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void OnListen_CgroupMadeAfterTheWaitBegan_IsHeard(bool asksCgroup)
    {
        using var kernel = Kernel(asksCgroup);
        using var wait = kernel.Hooks.AwaitListen("/nowhere/at/all", ChildCgroup.NextInner);
        using var cgroup = new ChildCgroup();
        var port = FreePort();

        cgroup.StartListener(port);

        Assert.Equal(port, kernel.Log.NextListen(listen => listen.IsWithin(Cgroup.IdOf(cgroup.Inner)!.Value)).Port);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void OnListen_InAnotherNetworkNamespace_IsHeard(bool asksCgroup)
    {
        using var kernel = Kernel(asksCgroup);
        using var space = new NetworkNamespace();
        using var wait = kernel.Hooks.AwaitListen(OwnCgroup());

        var port = 0;
        space.Run(() =>
        {
            using var listener = new Loopback(IPAddress.Loopback);
            port = listener.Port;
        });

        Assert.Equal(Cgroup.IdOf(OwnCgroup())!.Value, kernel.Log.NextListen(listen => listen.Port == port).CgroupId);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void OnListen_NobodyWaitsForTheCgroup_ReachesNobody(bool asksCgroup)
    {
        using var kernel = Kernel(asksCgroup);
        using var cgroup = new ChildCgroup();
        using var wait = kernel.Hooks.AwaitListen(cgroup.Inner);

        for (var i = 0; i < 1000; i++)
        {
            using var elsewhere = new Loopback(IPAddress.Loopback);
        }

        Assert.True(kernel.Count("sock_ops", "not_awaited") >= 1000);
        Assert.Equal(0, kernel.Count("sock_ops", "listen"));
        var port = FreePort();
        cgroup.StartListener(port);
        Assert.Equal(port, kernel.Log.NextListen(_ => true).Port);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void OnListen_LoopInAnAwaitedCgroup_IsHeardSomeTimesASecond(bool asksCgroup)
    {
        using var kernel = Kernel(asksCgroup);
        using var wait = kernel.Hooks.AwaitListen(OwnCgroup());
        var before = Stopwatch.GetTimestamp();

        for (var i = 0; i < 1000; i++)
        {
            using var listener = new Loopback(IPAddress.Loopback);
        }

        var seconds = (int)Stopwatch.GetElapsedTime(before).TotalSeconds + 2;
        Assert.InRange(kernel.Count("sock_ops", "listen"), 1, 17 * seconds);
        Assert.True(kernel.Count("sock_ops", "over_budget") >= 1000 - 17 * seconds);
    }

    [Fact]
    public void OnListen_NobodyWaits_IsNotLookedAt()
    {
        using var kernel = Kernel(asksCgroup: true);
        var (first, second) = (kernel.Hooks.AwaitListen(OwnCgroup()), kernel.Hooks.AwaitListen(OwnCgroup()));
        first.Dispose();
        first.Dispose();
        using (new Loopback(IPAddress.Loopback)) { } // one wait is left: heard
        second.Dispose();
        using (new Loopback(IPAddress.Loopback)) { }

        Assert.Equal((1, 0), (kernel.Count("sock_ops", "listen"), kernel.Count("sock_ops", "not_awaited")));
    }

    [Fact]
    public void HearsListen_WatchingACgroupOfItsOwn_IsOfWhatIsThere()
    {
        using var cgroup = new ChildCgroup();
        using var kernel = new HookedKernel(Options(BpfImage.WithoutHelper("sockops", 0)) with { CgroupRoot = cgroup.Outer });

        Assert.True(kernel.Hooks.HearsListen(cgroup.Inner));
        Assert.False(kernel.Hooks.HearsListen(cgroup.Inner + "/later"));
        Assert.False(kernel.Hooks.HearsListen(OwnCgroup()));
    }

    [Fact]
    public void HearsListen_SocketsAreNotAskedEither_IsFalseAndSaysSo()
    {
        using var kernel = new HookedKernel(Options(BpfImage.WithoutHelper("sockops", GetCurrentCgroupId, "cgroup/sock_create")));

        Assert.False(kernel.Hooks.HearsListen(OwnCgroup()));
        Assert.Equal(["reduced", "refused"], kernel.Hooks.Programs.Select(program => program.Outcome));
        Assert.EndsWith("listen() is not heard.", kernel.Hooks.Programs[0].Why, StringComparison.Ordinal);
    }

    // A sock_ops that may not ask for the current cgroup is Linux 6.1's; sockets remember who made them there.
    private static HookedKernel Kernel(bool asksCgroup)
    {
        var kernel = new HookedKernel(Options(BpfImage.WithoutHelper("sockops", asksCgroup ? 0 : GetCurrentCgroupId)));
        Assert.All(kernel.Hooks.Programs, program => Assert.Equal("loaded", program.Outcome));
        Assert.Equal(asksCgroup, kernel.Hooks.Programs.All(program => program.Program != "sock_create"));
        return kernel;
    }

    private static KernelHooksOptions Options(byte[] image) => new() { Xdp = XdpAttach.Off, MaxFunctions = 1024, MaxDestinations = 64, Image = image };

    private static int FreePort()
    {
        using var listener = new Loopback(IPAddress.Loopback);
        return listener.Port;
    }

    private static string OwnCgroup()
    {
        var line = File.ReadLines("/proc/self/cgroup").Single(entry => entry.StartsWith("0::", StringComparison.Ordinal));
        return (Cgroup.FindRoot() + line["0::".Length..]).TrimEnd('/');
    }
}
