using Gateway.Lab;
using Gateway.Lab.Benchmarks.Signal;
using Gateway.Lab.Hosts;
using Xunit;

namespace Gateway.Tests.Lab.Benchmarks;

public sealed class HelloStagesTests
{
    private static readonly DateTimeOffset s_sent = DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Cut_StartsOfHellos_CountsFromTheClientsWrite()
    {
        var stages = HelloStages.Cut([Start(1000, wake: 200), Start(1500, wake: 300)], [s_sent, s_sent.AddMicroseconds(100)]);

        Assert.Equal(["ClientHello sent to signal", "ClientHello sent to wake"], stages.Select(stage => stage.Stage));
        Assert.Equal([1_000_000, 1_400_000], stages[0].Nanoseconds);
        Assert.Equal([1_200_000, 1_700_000], stages[1].Nanoseconds);
    }

    [Fact]
    public void Cut_StartThatAnotherSignalBegan_IsNotPassedOff() =>
        Assert.Contains("Request", Assert.Throws<LabException>(() => HelloStages.Cut([Start(1000, 200, "Request")], [s_sent])).Message, StringComparison.Ordinal);

    [Fact]
    public void Cut_MoreHellosThanStarts_IsNotPassedOff() =>
        Assert.Throws<LabException>(() => HelloStages.Cut([Start(1000, 200)], [s_sent, s_sent]));

    private static ColdStart Start(int at, long wake, string signal = "ClientHello") =>
        new("hello", "1", signal, "Stopped", s_sent.AddMicroseconds(at), null, "Served", new Dictionary<string, long?> { ["wake"] = wake }, null, null);
}
