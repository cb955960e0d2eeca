using Gateway.Lab.Benchmarks.Signal;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>What a packet that anybody can send costs, by BPF_PROG_TEST_RUN. The margins are wide; the output has the figures of docs/kernel.md.</summary>
[Collection(KernelCollection.Name)]
public sealed class PacketCostTests(ITestOutputHelper output)
{
    [Fact]
    public void Run_DataThatNobodyNeedsToRead_CostsAboutWhatAPlainSynDoes()
    {
        var costs = XdpCost.Measure(runs: 15).ToDictionary(kind => kind.Key, kind => kind.Value.Min());
        foreach (var (kind, nanoseconds) in costs)
        {
            output.WriteLine($"{kind}: {nanoseconds} ns");
        }

        var plain = costs["packet, SYN to a shared address"];
        Assert.InRange(costs["packet, SYN with 1,024 bytes of a request"], plain * 5, long.MaxValue);
        Assert.InRange(costs["packet, SYN with a request and no cookie"], 0, plain * 3);
        Assert.InRange(costs["packet, SYN with a request while nobody is at rest"], 0, plain * 3);
        Assert.InRange(costs["packet, SYN with data beyond the second's budget"], 0, plain * 4);
    }
}
