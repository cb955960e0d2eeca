using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

[Collection(KernelCollection.Name)]
public sealed class LatencyTests(ITestOutputHelper output)
{
    /// <summary>From the kernel's timestamp to managed code. The bound is loose: it fails when something polls, not when the machine is busy.</summary>
    [Fact]
    public void OnConnection_ThousandSyns_ReachManagedCodeAtOnce()
    {
        const int Syns = 1000, WarmUp = 100;
        using var kernel = new HookedKernel();
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(IPAddress.Loopback, listener.Port, 1);
        for (var i = 0; i < Syns + WarmUp; i++)
        {
            kernel.Hooks.Arm(1, Triggers.Syn);
            listener.Connect(IPAddress.Loopback);
            kernel.Log.NextConnection();
        }

        var delays = kernel.Log.Delays.Skip(WarmUp).Order().ToList();
        var (p50, p99) = (delays[Syns / 2] / 1000.0, delays[Syns * 99 / 100] / 1000.0);
        output.WriteLine($"SYN in the kernel to managed callback over {Syns}: p50 {p50:F1} us, p99 {p99:F1} us, max {delays[^1] / 1000.0:F1} us");
        Assert.InRange(p50, 0.1, 5_000);
    }
}
