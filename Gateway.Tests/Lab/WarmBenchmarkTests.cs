using Gateway.Lab;
using Gateway.Lab.Benchmarks;
using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Reports;
using Xunit;

namespace Gateway.Tests.Lab;

/// <summary>What the load generators say, and what is made of it.</summary>
public sealed class WarmBenchmarkTests
{
    private const string WrkOutput = """
        Running 1s test @ http://127.0.0.1:7100/
          1 threads and 32 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     1.91ms    1.02ms  20.29ms   93.88%
            Req/Sec    17.21k     1.33k   18.54k    80.00%
          Latency Distribution
             50%    1.71ms
             99%  847.00us
          25843 requests in 1.50s, 3.25MB read
        Requests/sec:  17191.15
        Transfer/sec:      2.16MB
        """;

    private const string H2LoadOutput = """
        finished in 1.50s, 19061.33 req/s, 1.33MB/s
        requests: 28592 total, 28624 started, 28592 done, 28592 succeeded, 0 failed, 0 errored, 0 timeout
        status codes: 28592 2xx, 0 3xx, 0 4xx, 0 5xx
        traffic: 1.99MB (2090000) total, 698.12KB (714874) headers (space savings 80.77%), 167.55KB (171570) data
        """;

    [Fact]
    public void Wrk_Output_IsCountAndTime()
    {
        var result = Wrk.Parse(WrkOutput);

        Assert.Equal(25843, result.Requests);
        Assert.Equal(1.5, result.Seconds);
        Assert.Equal(17228.67, result.PerSecond, 0.01);
    }

    [Fact]
    public void Wrk_Output_HasThe99thPercentile()
    {
        Assert.Equal(0.847, Wrk.Percentile99(WrkOutput), 1e-9);
        Assert.Throws<LabException>(() => Wrk.Percentile99("25843 requests in 1.50s, 3.25MB read"));
    }

    [Theory]
    [InlineData("  Socket errors: connect 0, read 12, write 0, timeout 0")]
    [InlineData("  Non-2xx or 3xx responses: 3")]
    public void Wrk_AnyFailure_IsNoMeasurement(string line) => Assert.Throws<LabException>(() => Wrk.Parse(WrkOutput + "\n" + line));

    [Fact]
    public void Wrk_NothingCounted_IsNoMeasurement() => Assert.Throws<LabException>(() => Wrk.Parse("unable to connect to 127.0.0.1:7100 Connection refused"));

    [Fact]
    public void H2Load_Output_IsCountAndTime()
    {
        var result = H2Load.Parse(H2LoadOutput);

        Assert.Equal(28592, result.Requests);
        Assert.Equal(1.5, result.Seconds);
    }

    [Theory]
    [InlineData("28592 succeeded", "28590 succeeded")]
    [InlineData("0 5xx", "7 5xx")]
    [InlineData("0 4xx", "1 4xx")]
    [InlineData("finished in 1.50s", "interrupted")]
    public void H2Load_AnyFailure_IsNoMeasurement(string word, string instead) =>
        Assert.Throws<LabException>(() => H2Load.Parse(H2LoadOutput.Replace(word, instead, StringComparison.Ordinal)));

    [Fact]
    public void H2Load_Log_ThirdColumnIsTheResponseTime() =>
        Assert.Equal([117L, 95L], H2Load.ResponseTimes(["1800000000000001\t200\t117", "1800000000000090\t200\t95", ""]));

    [Fact]
    public void CpuTime_NameWithSpacesAndParentheses_UserAndSystemTimeAreAdded() =>
        Assert.Equal(42, CpuTime.Ticks("17 (a (b) c) S 1 17 17 0 -1 4194560 100 0 0 0 30 12 99 98 20 0 1 0 5 1000 10"));

    [Fact]
    public void CpuTime_OfThisProcess_IsPositive() => Assert.True(CpuTime.Seconds(Environment.ProcessId) > 0);

    [Fact]
    public void Cells_EachTurnIsComparedWithTheSameRounds()
    {
        // The machine was half as fast in the second round and did not change who is faster.
        var measured = Measured(WarmCase.All[0], ("gateway", [970, 485, 980]), ("yarp", [1000, 500, 1000]));

        var cells = WarmCells.Of(measured).ToArray();

        Assert.Equal(["gateway", "yarp"], cells.Select(cell => cell.Subject));
        Assert.Equal(0.97, cells[0].RatioToYarp, 0.0001);
        Assert.Equal(0.97, cells[0].RatioLow, 0.0001);
        Assert.Equal(0.975, cells[0].RatioHigh, 0.0001);
        Assert.Equal(970, cells[0].Rps);
        Assert.Equal(1, cells[1].RatioToYarp);
        Assert.Equal(3, cells[0].Rounds);
    }

    [Fact]
    public void Cells_AddedTimeIsWhatADirectCallDoesNotTake()
    {
        var cell = Assert.Single(WarmCells.Of(Measured(WarmCase.All[1], ("yarp", [1000]))));

        Assert.Equal(0.1, cell.AddedP50, 0.002);
        Assert.True(cell.Tls);
        Assert.Null(cell.Allocated);
    }

    [Fact]
    public void Picture_OfEveryCase_IsAPng()
    {
        var picture = WarmPicture.Draw([.. WarmCase.All.Select(@case =>
            Measured(@case, ("gateway", [970, 485]), ("yarp", [1000, 500]), ("nginx", [2000, 2100]), ("haproxy", [3000, 2500])))]);

        Assert.Equal("warm.png", picture.Name);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture.Content[..4]);
    }

    [Fact]
    public void PacedConnections_SendBetweenOneAnother()
    {
        var arguments = H2Load.Paced(WarmCase.All[2], "http://127.0.0.1/", connections: 13, perSecond: 2000, requests: 100, "log");

        Assert.Contains("--rps=153.8462", arguments);
        Assert.Contains("-r1", arguments);
        Assert.Contains("--rate-period=1ms", arguments);
        Assert.DoesNotContain("--h1", arguments);
    }

    [Fact]
    public void Comparison_OfPairs_IsTheMedianOfTheirRatiosAndSaysHowSure()
    {
        // The machine gets slower and slower, and this gateway is 2 % slower than the other all the time.
        WarmPair[][] generations = [.. Enumerable.Range(0, 4).Select(generation => (WarmPair[])[.. Enumerable.Range(0, 10).Select(pair =>
        {
            var other = 20_000.0 - (generation * 1000) - (pair * 100);
            return new WarmPair(new(other * (0.98 + (pair * 0.0001)), 1.02 / other, 3000), new(other, 1 / other, 2000));
        })])];

        var cells = WarmPair.Compare(generations).ToArray();

        Assert.Equal(3, cells.Length);
        Assert.Equal(0.98045, cells[0].Ratio, 0.00001);
        Assert.InRange(cells[0].Low, 0.98, cells[0].Ratio);
        Assert.InRange(cells[0].High, cells[0].Ratio, 0.981);
        Assert.Equal((1.02, 1.02, 1.02), (Math.Round(cells[1].Ratio, 6), Math.Round(cells[1].Low, 6), Math.Round(cells[1].High, 6)));
        Assert.Equal((1.5, 3000, 2000), (cells[2].Ratio, cells[2].Now, cells[2].Against));
        Assert.All(cells, cell => Assert.Equal((4, 40), (cell.Generations, cell.Pairs)));
    }

    [Fact]
    public void Bootstrap_OfProcessesThatDiffer_IsWiderThanOfOneThatWasMeasuredOften()
    {
        double[][] processes = [.. Enumerable.Range(0, 6).Select(process => Enumerable.Range(0, 50).Select(turn => 1 + (process * 0.01) + (turn * 0.00001)).ToArray())];

        var (low, high) = Bootstrap.MedianInterval(processes);
        var (lowOfOne, highOfOne) = Bootstrap.MedianInterval([[.. processes.SelectMany(turns => turns)]]);

        Assert.InRange(low, 1, 1.021);
        Assert.InRange(high, 1.03, 1.051);
        Assert.True(high - low > highOfOne - lowOfOne, $"{low} to {high}, {lowOfOne} to {highOfOne}");
    }

    [Fact]
    public void Arguments_Warm_IsACase() => Assert.Equal(new BenchArguments("warm", Quick: true, Json: true), BenchArguments.Parse(["warm", "--quick", "--json"]).Arguments);

    private static WarmCaseSamples Measured(WarmCase @case, params (string Subject, double[] PerSecond)[] subjects)
    {
        var measured = new WarmCaseSamples(@case);
        measured.Direct.RecordValue(100);
        foreach (var (subject, perSecond) in subjects)
        {
            var samples = measured.Of(subject);
            samples.PerSecond.AddRange(perSecond);
            samples.CpuSeconds.Add(0.001);
            samples.CpuShare.Add(1);
            samples.Paced.Add(2000);
            samples.AtRate.RecordValue(200);
            samples.OneByOne.RecordValue(200);
        }

        return measured;
    }
}
