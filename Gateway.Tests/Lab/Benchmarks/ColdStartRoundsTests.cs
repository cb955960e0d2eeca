using Gateway.Lab.Benchmarks;
using Gateway.Lab.Benchmarks.ColdStarts;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

/// <summary>The benchmark's own machinery over a real link: few starts, so only what cannot be noise is asserted.</summary>
public sealed class ColdStartRoundsTests
{
    [Fact]
    public async Task MeasureAsync_ProcessOverTls_TellsTheSignalsApart()
    {
        var group = Assert.Single(ColdStartTable.Groups(quick: false, new("Process Stopped, TLS 1.3, .*, 100 ms", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))));
        await using var rig = await ColdStartRig.StartAsync(group.Cases, gateway: null);
        var rounds = new ColdStartRounds(rig, group, new QuietMachine(TimeProvider.System));
        await rounds.WarmUpAsync(TestContext.Current.CancellationToken);

        var samples = await rounds.MeasureAsync(rounds: 3, TestContext.Current.CancellationToken);

        Assert.Equal(["Syn", "ClientHello", "Request"], samples.Select(one => one.Case.WakeOn));
        var (syn, hello, request) = (ColdStartCells.Of(samples[0]), ColdStartCells.Of(samples[1]), ColdStartCells.Of(samples[2]));
        Assert.All([syn, hello, request], cell =>
        {
            Assert.Equal(3, cell.N);
            Assert.InRange(cell.Warm, 300, 600);
            Assert.InRange(cell.Ready, ColdStartTarget.BootMilliseconds, 1000);
        });
        Assert.InRange(syn.Window, 200, 500);
        Assert.InRange(hello.Window, 100, 250);
        Assert.InRange(request.Window, 0, 1);
        Assert.InRange(request.PenaltyP50, ColdStartTarget.BootMilliseconds, 1000);
        Assert.InRange(request.PenaltyP50 - syn.PenaltyP50, 15, 1000);
        Assert.NotEmpty(WaterfallPicture.Draw(samples));
    }

    [Fact]
    public void Draw_CellsOfThreeRoundTrips_IsAPng()
    {
        var cells =
            from rtt in (int[])[0, 25, 100]
            from signal in (string[])["Syn", "ClientHello", "Request"]
            select new Gateway.Lab.Reports.ColdStartCell(rtt, "TLS 1.3", signal, "Docker", "bridge", "Stopped", 30, 20, 3 * rtt, 0, 300, 310, 350, rtt, 300, 2);

        var picture = Assert.Single(PenaltyPicture.Draw([.. cells]));

        Assert.Equal("coldstart-docker-bridge-stopped-tls13.png", picture.Name);
        Assert.Equal([0x89, 0x50, 0x4e, 0x47], picture.Content[..4]);
    }
}
