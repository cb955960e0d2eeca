using Gateway.Activation.Core;
using Gateway.Activation.Trust;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

[SideBySide]
public sealed class TrustScoreTests
{
    private static readonly TrustOptions Options = new();

    // In seconds.
    private double _now = 1000;

    private TrustScore _score;

    [Fact]
    public void After_WastedWakes_NeedsOneSignalMoreEachTime()
    {
        Wake(SignalKind.Syn, wasted: true, times: 2);
        Assert.Equal(SignalKind.Syn, _score.Earliest);
        Wake(SignalKind.Syn, wasted: true);
        Assert.Equal(SignalKind.Established, _score.Earliest);

        // These began before.
        Wake(SignalKind.Syn, wasted: true, times: 5);
        Assert.Equal(SignalKind.Established, _score.Earliest);
        Wake(SignalKind.Established, wasted: true, times: 3);
        Assert.Equal(SignalKind.ClientHello, _score.Earliest);
        Wake(SignalKind.ClientHello, wasted: true, times: 3);
        Assert.Equal(SignalKind.Request, _score.Earliest);
        Wake(SignalKind.Request, wasted: true, times: 30);
        Assert.Equal(SignalKind.Request, _score.Earliest);
    }

    [Fact]
    public void After_MostWakesServed_IsTrusted()
    {
        for (var i = 0; i < 100; i++)
        {
            Wake(SignalKind.Syn, wasted: false, times: 2);
            Wake(SignalKind.Syn, wasted: true);
        }

        Assert.Equal(SignalKind.Syn, _score.Earliest);
        Assert.True(_score.IsGood(Options));
    }

    [Fact]
    public void After_RareWaste_IsForgotten()
    {
        for (var i = 0; i < 20; i++)
        {
            Wake(SignalKind.Syn, wasted: true);
            _now += TrustScore.HalfLife.TotalSeconds;
        }

        Assert.Equal(SignalKind.Syn, _score.Earliest);
    }

    [Fact]
    public void Calmed_AfterEachRelapse_TakesTwiceAsLong()
    {
        Wake(SignalKind.Syn, wasted: true, times: 3);
        double[] took = new double[9];
        for (var i = 0; i < took.Length; i++)
        {
            took[i] = SecondsUntilTrusted();
            Wake(SignalKind.Syn, wasted: true);
            Assert.Equal(SignalKind.Established, _score.Earliest);
        }

        Assert.Equal([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600], took);
    }

    [Fact]
    public void Calmed_LongAfterARelapse_BeginsAnew()
    {
        Wake(SignalKind.Syn, wasted: true, times: 3);
        SecondsUntilTrusted();
        Wake(SignalKind.Syn, wasted: true);
        Assert.Equal(120, SecondsUntilTrusted());
        _now += 3600;
        Wake(SignalKind.Syn, wasted: true, times: 3);

        Assert.Equal(60, SecondsUntilTrusted());
    }

    [Fact]
    public void Calmed_OneGoodWakeAfterTheStepBack_OneMoreBadOneIsForgiven()
    {
        Wake(SignalKind.Syn, wasted: true, times: 3);
        SecondsUntilTrusted();
        Wake(SignalKind.Syn, wasted: false);
        Wake(SignalKind.Syn, wasted: true);

        Assert.Equal(SignalKind.Syn, _score.Earliest);
    }

    private void Wake(SignalKind kind, bool wasted, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _now += 4;
            _score = _score.After(kind, wasted, Now, Options, FunctionTrust.FewestWakes);
        }
    }

    private double SecondsUntilTrusted()
    {
        var began = _now;
        while (_score.Earliest != SignalKind.Syn)
        {
            _now = Math.Max(_now, _score.CalmAt / 1000.0);
            _score = _score.Calmed(Now, Options, FunctionTrust.FewestWakes);
        }

        return _now - began;
    }

    private Moment Now => new((long)(_now * 1000), 1000);
}
