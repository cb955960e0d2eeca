using System.Diagnostics;
using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

[Collection(KernelCollection.Name)]
public sealed class KernelHooksListenTests
{
    [Fact]
    public void OnListen_ProcessInChildCgroup_NamesCgroupPortAndProcess()
    {
        using var kernel = new HookedKernel();
        using var cgroup = new ChildCgroup();
        var inner = Cgroup.IdOf(cgroup.Inner)!.Value;
        var outer = Cgroup.IdOf(cgroup.Outer)!.Value;
        var port = FreePort();
        kernel.Hooks.ListenWatchBegin();

        var before = Stopwatch.GetTimestamp();
        var pid = cgroup.StartListener(port);
        var e = kernel.Log.NextListen(listen => listen.IsWithin(inner));

        Assert.Equal(inner, e.CgroupId);
        Assert.True(e.IsWithin(outer));
        Assert.False(e.IsWithin(inner + outer));
        Assert.False(e.IsWithin(0));
        Assert.Equal(port, e.Port);
        Assert.Equal(pid, e.ProcessId);
        Assert.InRange(e.Timestamp, before, Stopwatch.GetTimestamp());
    }

    [Fact]
    public void OnListen_InAnotherNetworkNamespace_IsHeard()
    {
        using var kernel = new HookedKernel();
        using var space = new NetworkNamespace();
        var mine = Cgroup.IdOf(OwnCgroup())!.Value;
        kernel.Hooks.ListenWatchBegin();

        var port = 0;
        space.Run(() =>
        {
            using var listener = new Loopback(IPAddress.Loopback);
            port = listener.Port;
        });

        var e = kernel.Log.NextListen(listen => listen.Port == port && listen.ProcessId == Environment.ProcessId);
        Assert.Equal(mine, e.CgroupId);
    }

    [Fact]
    public void OnListen_NobodyWatches_IsSilent()
    {
        using var kernel = new HookedKernel();
        kernel.Hooks.ListenWatchBegin();
        kernel.Hooks.ListenWatchBegin();
        kernel.Hooks.ListenWatchEnd();
        using (new Loopback(IPAddress.Loopback)) { } // one watch is left: heard
        kernel.Hooks.ListenWatchEnd();
        var heard = kernel.Count("sock_ops", "listen");
        using (new Loopback(IPAddress.Loopback)) { }

        Assert.True(heard >= 1);
        Assert.Equal(heard, kernel.Count("sock_ops", "listen"));
    }

    private static int FreePort()
    {
        using var listener = new Loopback(IPAddress.Loopback);
        return listener.Port;
    }

    private static string OwnCgroup()
    {
        var line = File.ReadLines("/proc/self/cgroup").Single(entry => entry.StartsWith("0::", StringComparison.Ordinal));
        return Cgroup.FindRoot() + line["0::".Length..];
    }
}
