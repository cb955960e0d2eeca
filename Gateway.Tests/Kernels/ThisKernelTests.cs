using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Tests.Deploy;
using Xunit;

namespace Gateway.Tests.Kernels;

/// <summary>What the gateway promises of every kernel, through its front door and with the default configuration.</summary>
[OnEveryKernel]
public sealed class ThisKernelTests(ThisKernelGateway gateway) : IClassFixture<ThisKernelGateway>
{
    /// <summary>Far more than a start takes even in an emulated machine, and far less than the half second that one without the kernel's word once took.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(450);

    [Fact]
    public async Task Ebpf_DefaultConfiguration_HearsSynsAndSteersConnections()
    {
        var hooks = JsonNode.Parse(await gateway.Process.Admin.GetStringAsync("/api/ebpf"))!.AsArray();
        Assert.All(hooks, hook => Assert.Null(hook!["refused"]));
        var everywhere = hooks.Where(hook => (string?)hook!["interface"] == "*").ToDictionary(hook => (string)hook!["mode"]!, hook => (string?)hook!["why"]);
        KernelFacts.Report("SYNs are heard (sock_ops)", everywhere.ContainsKey("sock_ops") ? "yes" : "no");
        KernelFacts.Report("connections are steered (sk_lookup)", everywhere.ContainsKey("sk_lookup") ? "yes" : "no");

        Assert.Equal(["sk_lookup", "sock_ops"], everywhere.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(gateway.Process.Log, line => line.Contains("without eBPF", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("over4", "127.0.0.1")]
    [InlineData("over6", "::1")]
    public async Task Syn_ToAFunctionAtRest_WakesItAndItIsReadySoon(string function, string address)
    {
        var start = await ColdStartAsync(function, IPAddress.Parse(address));

        Assert.Equal(("Syn", "Stopped", "Served"), (start.Signal, start.Tier, start.Outcome));
        var (started, ready) = (start.Phases["started"]!.Value, start.Phases["ready"]!.Value);
        KernelFacts.Report($"a SYN over IPv{(address.Contains(':') ? 6 : 4)} wakes", $"yes, in {Milliseconds(ready)}");
        KernelFacts.Report("listen() is heard", start.Phases.GetValueOrDefault("listening") is null ? "no, probed from 1 ms" : "yes");
        Assert.InRange(ready - started, 0, Soon.TotalMicroseconds);
    }

    [Fact]
    public async Task Syn_ToAPausedFunction_WakesIt()
    {
        await gateway.RestAsync("paused", "Paused");

        var start = await ColdStartAsync("paused", IPAddress.Loopback);

        Assert.Equal(("Syn", "Paused", "Served"), (start.Signal, start.Tier, start.Outcome));
        KernelFacts.Report("a SYN wakes a paused process", $"yes, in {Milliseconds(start.Phases["ready"]!.Value)}");
    }

    [Fact]
    public async Task Memory_OfAFunctionThatRestsPagedOut_IsInSwapOrItSaysWhyNot()
    {
        if (!CanPageOut)
        {
            using var refused = await gateway.Process.Admin.PostAsync("/api/functions/paged/sleep?tier=PagedOut", null);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("nothing can be paged out, because", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Contains(gateway.Process.Log, line => line.Contains("Function paged has no tier PagedOut, and goes on without: nothing can be paged out", StringComparison.Ordinal));
            return;
        }

        await gateway.RestAsync("paged", "PagedOut");

        var (memory, swap) = (Sum("memory.current"), Sum("memory.swap.current"));
        Assert.InRange(memory, 0, ThisKernelGateway.HeldByPaged / 4);
        Assert.InRange(swap, ThisKernelGateway.HeldByPaged * 3 / 4, long.MaxValue);
        var start = await ColdStartAsync("paged", IPAddress.Loopback);
        Assert.Equal(("Syn", "PagedOut", "Served"), (start.Signal, start.Tier, start.Outcome));
        KernelFacts.Report("a SYN wakes a process whose memory is in swap", $"yes, in {Milliseconds(start.Phases["ready"]!.Value)}; it kept {memory >> 10} KiB of {ThisKernelGateway.HeldByPaged >> 10}");
    }

    /// <summary>It is explicit, because most machines have no swap; the virtual ones have.</summary>
    [Fact(Explicit = true)]
    public async Task Request_WhileMemoryIsPushedOut_NeedNotWaitForTheRest()
    {
        Assert.SkipUnless(CanPageOut, "What has no swap pushes nothing out.");
        await gateway.RestAsync("paged", "Paused");
        (await gateway.Process.Admin.PostAsync("/api/functions/paged/wake", null)).EnsureSuccessStatusCode();
        await Eventually.True(async () => await gateway.StateAsync("paged") == "Running");

        var sleep = gateway.Process.Admin.PostAsync("/api/functions/paged/sleep?tier=PagedOut", null);
        await Eventually.True(async () => await gateway.StateAsync("paged") != "Running");
        var answer = await PatientClient.GetAsync(gateway.Space, new IPEndPoint(IPAddress.Loopback, ThisKernelGateway.Ports["paged"]), () => Task.FromResult(true));

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        (await sleep).Dispose();
        Assert.Equal("Running", await gateway.StateAsync("paged"));
    }

    private static bool CanPageOut => File.ReadLines("/proc/swaps").Skip(1).Any() && File.Exists("/sys/fs/cgroup/memory.reclaim");

    private static long Sum(string file) => Directory.GetDirectories("/sys/fs/cgroup", "headstart-*")
        .SelectMany(root => Directory.GetDirectories(root, "paged-*"))
        .Sum(cgroup => long.Parse(File.ReadAllText(Path.Combine(cgroup, file)), CultureInfo.InvariantCulture));

    private static string Milliseconds(long microseconds) => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000.0:0} ms");

    private async Task<ColdStart> ColdStartAsync(string function, IPAddress address)
    {
        var rest = await gateway.StateAsync(function);
        var answer = await PatientClient.GetAsync(
            gateway.Space, new IPEndPoint(address, ThisKernelGateway.Ports[function]), async () => await gateway.StateAsync(function) != rest);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        await Eventually.True(async () => (await gateway.Process.ColdStartsAsync(function)).Any(start => start.Outcome == "Served" && start.Tier == rest));
        return (await gateway.Process.ColdStartsAsync(function))[^1];
    }
}
