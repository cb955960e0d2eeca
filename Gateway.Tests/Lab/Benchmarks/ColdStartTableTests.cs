using System.Text.RegularExpressions;
using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Reports;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

public sealed class ColdStartTableTests
{
    private static readonly ColdStartCase[] s_all = [.. ColdStartTable.Groups(quick: false, only: null).SelectMany(group => group.Cases)];

    [Fact]
    public void Groups_Full_HasEveryRoundTripProtocolAndSignalOfProcessAndDocker()
    {
        ColdStartTarget[] whole = [ColdStartTarget.Process, ColdStartTarget.DockerBridge];
        var wanted =
            from target in whole
            from roundTrip in (int[])[0, 25, 50, 100, 240, 250]
            from cell in (string[])["HTTP, Syn", "HTTP, Request", "TLS 1.3, Syn", "TLS 1.3, ClientHello", "TLS 1.3, Request", "TLS 1.2, Syn", "TLS 1.2, ClientHello", "TLS 1.2, Request"]
            select $"{target.Name}, {cell}, {roundTrip} ms";

        Assert.Superset(wanted.ToHashSet(), s_all.Select(one => one.Name).ToHashSet());
        Assert.Equal(s_all.Length, s_all.DistinctBy(one => one.Name).Count());
    }

    [Fact]
    public void Groups_Quick_IsAPartThatHasThePromisedCells()
    {
        var quick = ColdStartTable.Groups(quick: true, only: null).SelectMany(group => group.Cases).Select(one => one.Name).ToHashSet();

        Assert.Contains("Docker bridge Stopped, TLS 1.3, Syn, 250 ms", quick);
        Assert.Contains("Process Stopped, TLS 1.3, Syn, 25 ms", quick);
        Assert.ProperSubset(s_all.Select(one => one.Name).ToHashSet(), quick);
    }

    [Fact]
    public void Groups_Only_KeepsTheCellsThatMatch()
    {
        var groups = ColdStartTable.Groups(quick: false, new Regex("Process Stopped, TLS 1.3, (Syn|Request), 25 ms", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)));

        Assert.Equal(["Syn", "Request"], Assert.Single(groups).Cases.Select(one => one.WakeOn));
    }

    [Fact]
    public void Groups_OfAKeptNetwork_AreMeasuredInTurnsWithTheHosts()
    {
        var groups = ColdStartTable.Groups(quick: true, new Regex("^Docker (kept|host) Stopped, TLS 1.3, Syn, 25 ms", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)));

        Assert.Equal(["Docker host Stopped", "Docker kept Stopped"], Assert.Single(groups).Cases.Select(one => one.Target.Name));
    }

    [Theory]
    [InlineData("HTTP", 2)]
    [InlineData("TLS 1.3", 3)]
    [InlineData("TLS 1.2", 4)]
    public void RoundTrips_OfAProtocol_AreTheHandshakesAndTheRequest(string protocol, int roundTrips) =>
        Assert.Equal(roundTrips, s_all.First(one => one.Protocol.Name == protocol).Protocol.RoundTrips);

    [Theory]
    [InlineData("Syn", "TLS 1.3", 45, 25, 0)]
    [InlineData("ClientHello", "TLS 1.3", 45, 25, 20)]
    [InlineData("Syn", "TLS 1.2", 450, 100, 150)]
    [InlineData("Request", "HTTP", 45, 250, 45)]
    [InlineData("Syn", "HTTP", 45, 0, 45)]
    public void Predict_FromRoundTrips_IsThePartOutsideTheWindow(string wakeOn, string protocol, double ready, double rtt, double penalty) =>
        Assert.Equal(penalty, PenaltyEquation.Predict(ready, PenaltyEquation.RoundTrips(wakeOn, protocol) * rtt));
}
