using Gateway.Ebpf.Hooks;
using Gateway.Signals;
using Xunit;

namespace Gateway.Tests.Signals;

public sealed class ReturningClientsTests
{
    private const uint Hello = 1, Other = 2;

    [Fact]
    public void After_FirstVisit_IsUsableAtOnce() =>
        Assert.Equal(new ClientRecord(Hello, 0, 0, Usable: true), ReturningClients.After(null, Hello, 0.8));

    [Fact]
    public void After_OneWrong_NeedsThreeRightOnes()
    {
        var record = ReturningClients.After(null, Hello, 0.8);
        record = ReturningClients.After(record, Other, 0.8);
        Assert.Equal(new ClientRecord(Other, 1, 0, Usable: false), record);

        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(_ => (record = ReturningClients.After(record, Other, 0.8)).Usable));
    }

    [Fact]
    public void After_AlwaysWrong_StaysUnusable()
    {
        ClientRecord? record = null;
        for (var i = 0; i < 1000; i++)
        {
            record = ReturningClients.After(record, i % 2 == 0 ? Hello : Other, 0.8);
            Assert.Equal(i == 0, record.Value.Usable);
        }
    }

    [Fact]
    public void After_LongRightThenOtherwise_ForgetsTheOldDays()
    {
        ClientRecord? record = null;
        for (var i = 0; i < 100_000; i++)
        {
            record = ReturningClients.After(record, Hello, 0.8);
            Assert.True(record.Value.Usable);
        }

        var wrong = 0;
        while (record!.Value.Usable)
        {
            record = ReturningClients.After(record, wrong++ % 2 == 0 ? Other : Hello, 0.8);
        }

        Assert.InRange(wrong, 2, 12);
    }

    [Fact]
    public void After_WhatIsNoFunction_IsNoPrediction()
    {
        var record = ReturningClients.After(null, KernelHooks.Shared, 0.8);
        Assert.Equal(new ClientRecord(Hello, 0, 0, Usable: true), ReturningClients.After(record, Hello, 0.8));
    }

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(0.5, true)]
    [InlineData(0.51, false)]
    [InlineData(1.0, false)]
    public void After_OneWrong_ThresholdDecides(double precision, bool usable) =>
        Assert.Equal(usable, ReturningClients.After(ReturningClients.After(null, Hello, precision), Other, precision).Usable);
}
