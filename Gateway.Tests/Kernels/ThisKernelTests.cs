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
