using System.Text.Json;
using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

public sealed class ColdStartCellsTests
{
    private static readonly ColdStartCase s_case = new(ColdStartTarget.Process, 25, ColdStartProtocol.Tls13, "ClientHello");

    private static readonly MachineReport s_machine = new("cpu", 2, 1024, "6.1", FavorDynmods: false, "os", 0, "2026-01-01T00:00:00Z", Quick: false, new Dictionary<string, string>());

    [Fact]
    public void Of_Samples_TakesWarmFromColdAndPredictsFromTheGatewaysTimes()
    {
        var cell = ColdStartCells.Of(new ColdStartSamples(s_case, [Sample(95, 45, 26), Sample(96, 46, 27), Sample(105, 47, 28)], [74, 75, 78]));

        Assert.Equal((25, "TLS 1.3", "ClientHello", "Process", null, "Stopped", 3), (cell.Rtt, cell.Protocol, cell.WakeOn, cell.Runtime, cell.Network, cell.Tier, cell.N));
        Assert.Equal((75, 96, 21), (cell.Warm, cell.Cold, cell.PenaltyP50));
        Assert.Equal(29.1, cell.PenaltyP95, 6);
        Assert.Equal((46, 27, 19), (cell.Ready, cell.Window, cell.Predicted));
        Assert.False(cell.IsHidden);
        Assert.True(cell.IsAsPromised);
    }

    [Theory]
    [InlineData(56, 46, 2.9, 9.9, true)] // hidden with room to spare
    [InlineData(56, 46, 3.1, 9.9, false)]
    [InlineData(56, 46, 2.9, 10.1, false)]
    [InlineData(50, 46, 4.9, 30, true)] // hidden, but not by 10 ms: as the equation says
    [InlineData(26, 46, 24.9, 90, true)]
    [InlineData(26, 46, 25.1, 90, false)]
    public void IsAsPromised_HiddenOrNot_IsJudgedByItsOwnLimit(double window, double ready, double p50, double p95, bool promised)
    {
        var cell = Cell(25) with { Window = window, Ready = ready, Predicted = PenaltyEquation.Predict(ready, window), PenaltyP50 = p50, PenaltyP95 = p95 };

        Assert.Equal(promised, cell.IsAsPromised);
    }

    [Fact]
    public void ToJson_OfAReport_IsOneObjectWithTheAgreedNames()
    {
        using var json = JsonDocument.Parse(new BenchReport("coldstart", "abc", s_machine, [Cell(25)]).ToJson());

        Assert.Equal(["case", "commit", "machine", "cells"], json.RootElement.EnumerateObject().Select(property => property.Name));
        var names = json.RootElement.GetProperty("cells")[0].EnumerateObject().Select(property => property.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "rtt", "protocol", "wakeOn", "runtime", "tier", "n", "warm", "cold", "penaltyP50", "penaltyP95", "ready", "window", "predicted" }, names);
    }

    [Fact]
    public void Merge_WithAnEarlierPart_KeepsItsCellsButForThoseMeasuredAnew()
    {
        using var earlier = JsonDocument.Parse(new BenchReport("coldstart", "abc", s_machine, [Cell(25) with { Warm = 1 }, Cell(50) with { Warm = 2 }]).ToJson());
        var order = new[] { 50, 25, 0 }.Select(rtt => s_case with { RoundTrip = rtt });

        var cells = ColdStartCells.Merge([Cell(25) with { Warm = 3 }], earlier.RootElement.GetProperty("cells").GetRawText(), order);

        Assert.Equal([(50, 2), (25, 3)], cells.Select(cell => (cell.Rtt, cell.Warm)));
    }

    [Theory]
    [InlineData("abc", false, true)]
    [InlineData("def", false, false)]
    [InlineData("abc", true, false)]
    public async Task CellsToGoOnWith_AnEarlierRun_OnlyOfTheSameProductAndKind(string commit, bool quick, bool goesOn)
    {
        using var folder = LabDirectoryOf("results");
        ResultFiles.Write(folder.Path, new BenchReport("coldstart", "abc", s_machine, [Cell(25)]), new BenchResult([], "", []));

        var cells = await ResultFiles.CellsToGoOnWithAsync(folder.Path, "coldstart", before => Task.FromResult(before == commit), s_machine with { Quick = quick });

        Assert.Equal(goesOn, cells is not null);
    }

    private static Gateway.Lab.LabDirectory LabDirectoryOf(string purpose) => Gateway.Lab.LabDirectory.Create(purpose);

    private static ColdStartCell Cell(double rtt) =>
        ColdStartCells.Of(new ColdStartSamples(s_case, [Sample(96, 46, 27)], [75])) with { Rtt = rtt };

    private static ColdStartSample Sample(double cold, double ready, double window) => new(
        CurlResult.Parse($$"""
            {"exitcode":0,"errormsg":null,"http_code":200,"http_version":"2","num_connects":1,"size_download":1,"time_namelookup":0,
             "time_connect":0.025,"time_appconnect":0.05,"time_starttransfer":{{cold / 1000}},"time_total":{{cold / 1000}}}
            """),
        new ColdStart("f", "i", "ClientHello", "Stopped", DateTimeOffset.UnixEpoch, null, "Served",
            new Dictionary<string, long?> { ["wake"] = 100, ["listening"] = (long)(ready * 1000) - 500, ["ready"] = (long)(ready * 1000), ["request"] = (long)(window * 1000), ["firstByte"] = (long)(ready * 1000) + 900 },
            0, 0));
}
