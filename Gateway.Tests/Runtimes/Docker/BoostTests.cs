using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>No processor limit until the program answers, then the configured one, and none at the next start.</summary>
[Collection("docker")]
public sealed class BoostTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    private const string Format = "{{.HostConfig.CpuQuota}} {{.HostConfig.CpuPeriod}} {{.HostConfig.CpuShares}}";

    [Fact]
    public async Task Ready_Boosted_IsLimitedUntilItStops()
    {
        var function = Function.With(run => run with { Cpu = new CpuOptions { Limit = 0.25, Shares = 512, Boost = true } });
        await using var instance = await NewRuntime().CreateAsync(function, default);
        await instance.StartAsync(default);
        Assert.Equal("0 0 0", await LimitsAsync());

        await instance.ReadyAsync(default);
        Assert.Equal("25000 100000 512", await LimitsAsync());
        await instance.RestAsync(Tier.Paused, default);
        await instance.StartAsync(default);
        Assert.Equal("25000 100000 512", await LimitsAsync());
        await instance.StopAsync(default);

        Assert.Equal("-1 100000 1024", await LimitsAsync());
    }

    [Fact]
    public async Task Prepare_NotBoosted_IsLimitedFromTheStart()
    {
        await NewRuntime().PrepareAsync(Function.With(run => run with { Cpu = new CpuOptions { Limit = 2 } }), default);

        Assert.Equal("200000 100000 1024", await LimitsAsync());
    }

    private async Task<string> LimitsAsync() => await InspectAsync(Assert.Single(await ContainersAsync()), Format);
}
