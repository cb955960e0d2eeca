using Gateway.Model;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Runtimes.Podman;

/// <summary>These kill the engine, so they have one of their own.</summary>
[SideBySide]
public sealed class PodmanFaultTests(PodmanFixture fixture) : PodmanRuntimeTest(fixture), IClassFixture<PodmanFixture>
{
    [Theory]
    [InlineData(Tier.Running)]
    [InlineData(Tier.Paused)]
    [InlineData(Tier.Initialized)]
    internal async Task Engine_KilledAndBack_EndsWhatWasThereAndStartsAgain(Tier tier)
    {
        var runtime = NewRuntime();
        var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);
        if (tier != Tier.Running)
        {
            await instance.RestAsync(tier, default);
        }

        await Engine.KillAsync();
        var error = await Assert.ThrowsAsync<RuntimeException>(() => tier == Tier.Running ? instance.RestAsync(Tier.Paused, default) : instance.StartAsync(default));
        Assert.StartsWith("Gateway:Podman:Endpoint: no engine answers at ", error.Message, StringComparison.Ordinal);
        Assert.False(instance.Exited.IsCompleted);
        await Engine.RestartAsync();

        await instance.Exited.WaitAsync(Patience);
        await instance.DisposeAsync();
        await using var next = await runtime.CreateAsync(Function, default);
        await next.StartAsync(default);
        Assert.Equal("hello", await AskAsync());
        Assert.Single(await ContainersAsync());
        await next.StopAsync(default);
    }

    // With a kept network two containers have to be started anew, the one that keeps it first.
    [LongFact]
    public async Task Engine_KilledAndBackWithAKeptNetwork_ItIsMadeAgainAndStartsWork()
    {
        var function = Function.With(run => run with { Network = "podman", KeepsNetwork = true, Port = 8080 });
        var runtime = NewRuntime();
        var instance = await runtime.CreateAsync(function, default);
        await instance.StartAsync(default);

        await Engine.KillAsync();
        await Engine.RestartAsync();

        await instance.Exited.WaitAsync(Patience);
        await instance.DisposeAsync();
        await using (var next = await runtime.CreateAsync(function, default))
        {
            await next.StartAsync(default);
            Assert.Equal("hello", (await Engine.Namespace.ExecuteAsync("curl", "--silent", "--max-time", "5", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", $"http://{next.Endpoint}/")).ThrowIfFailed().Output.Trim());
            Assert.Equal(2, (await ContainersAsync()).Length);
            await next.StopAsync(default);
        }

        await runtime.ForgetAsync(function.Name, default);
        Assert.Empty(await ContainersAsync());
    }
}
