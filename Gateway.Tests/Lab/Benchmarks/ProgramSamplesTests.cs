using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Benchmarks.Programs;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Programs;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

public sealed class ProgramSamplesTests
{
    private static readonly RealProgram s_program = RealPrograms.Of("python") with { Version = "3.11" };

    private static readonly ProgramGroups s_groups = ProgramGroups.Of(s_program);

    [Fact]
    public void Of_Program_HasEachTierAtEachPingAndTheBootWithout()
    {
        Assert.Equal(["python Initialized, TLS 1.3, Request, 0 ms"], s_groups.Boot.Cases.Select(one => one.Name));
        Assert.Equal([25, 100, 250], s_groups.Tiers.Select(group => group.RoundTrip));
        Assert.All(s_groups.Tiers, group => Assert.Equal(["Stopped", "Initialized", "Paused"], group.Cases.Select(one => one.Target.Tier)));
    }

    [Fact]
    public void Cells_OfSamples_HaveTheBootFromExecToFirstByteAndThePenaltyFromCurl()
    {
        var boots = new ColdStartSamples(s_groups.Boot.Cases[0], [Sample(100, 50), Sample(110, 60), Sample(120, 90)], [20]);
        var samples = new ProgramSamples(s_program, boots, [new ColdStartSamples(s_groups.Tiers[0].Cases[1], [Sample(95, 45), Sample(96, 46), Sample(105, 47)], [74, 75, 78])]);

        var cell = Assert.Single(samples.Cells);

        Assert.Equal(("python", "3.11", "Initialized", 25, 3), (cell.Program, cell.Version, cell.Tier, cell.Rtt, cell.N));
        Assert.Equal((58, 46, 21), (cell.Boot, cell.ReadyP50, cell.PenaltyP50));
        Assert.Equal((46.9, 29.1), (Math.Round(cell.ReadyP95, 6), Math.Round(cell.PenaltyP95, 6)));
        Assert.Contains("58.0 | Initialized | ", ProgramText.Write([samples], "Quiet."), StringComparison.Ordinal);
    }

    // The program is executed 2 ms after the signal, and its first byte comes with its readiness.
    private static ColdStartSample Sample(double cold, double ready) => new(
        CurlResult.Parse($$"""
            {"exitcode":0,"errormsg":null,"http_code":200,"http_version":"2","num_connects":1,"size_download":1,"time_namelookup":0,
             "time_connect":0.025,"time_appconnect":0.05,"time_starttransfer":{{cold / 1000}},"time_total":{{cold / 1000}}}
            """),
        new ColdStart("f", "i", "Syn", "Initialized", DateTimeOffset.UnixEpoch, null, "Served",
            new Dictionary<string, long?> { ["started"] = 2000, ["ready"] = (long)(ready * 1000), ["request"] = 0, ["firstByte"] = (long)(ready * 1000) }, 0, 0));
}
