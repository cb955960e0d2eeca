using Gateway.Model;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>Containers at rest in the freezer, and people who use the engine beside the gateway.</summary>
[Collection("docker")]
public sealed class PauseTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    [Fact]
    public async Task Rest_Paused_IsFrozenAndGoesOnAsTheSame()
    {
        await using var instance = await StartedAsync();
        var (id, endpoint) = (instance.Id, instance.Endpoint);

        await instance.RestAsync(Tier.Paused, default);
        Assert.Equal((Tier.Paused, "paused"), (instance.Tier, await StatusAsync()));
        await instance.StartAsync(default);

        Assert.Equal(Tier.Running, instance.Tier);
        await EventuallyAsync("running");
        Assert.Equal((id, endpoint), (instance.Id, instance.Endpoint));
        Assert.False(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task Stop_Paused_EndsIt()
    {
        await using var instance = await StartedAsync();
        await instance.RestAsync(Tier.Paused, default);

        await instance.StopAsync(default).WaitAsync(Patience);

        Assert.Equal("exited", await StatusAsync());
        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task Exited_KilledWhilePaused_IsTold()
    {
        await using var instance = await StartedAsync();
        await instance.RestAsync(Tier.Paused, default);

        // The engine lets it go on to die.
        await Engine.CommandAsync("kill", Assert.Single(await ContainersAsync()));

        Assert.Equal(137, (await instance.Exited.WaitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Exited_RemovedWhilePaused_IsTold()
    {
        await using var instance = await StartedAsync();
        await instance.RestAsync(Tier.Paused, default);

        await Engine.CommandAsync("rm", "--force", Assert.Single(await ContainersAsync()));

        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task PausedBySomebody_WhileItServes_GoesOnAgain()
    {
        await using var instance = await StartedAsync();

        await Engine.CommandAsync("pause", Assert.Single(await ContainersAsync()));

        await EventuallyAsync("running");
        Assert.False(instance.Exited.IsCompleted);
        Assert.Equal(Tier.Running, instance.Tier);
    }

    [Fact]
    public async Task LetGoOnBySomebody_WhileItRests_IsFrozenAgain()
    {
        await using var instance = await StartedAsync();
        await instance.RestAsync(Tier.Paused, default);

        await Engine.CommandAsync("unpause", Assert.Single(await ContainersAsync()));

        await EventuallyAsync("paused");
        await instance.StartAsync(default);
        await EventuallyAsync("running");
    }

    [Fact]
    public async Task RenamedBySomebody_ChangesNothing()
    {
        await using var instance = await StartedAsync();
        var container = Assert.Single(await ContainersAsync());
        await Engine.CommandAsync("rename", container, "other" + Function.Name);

        await instance.RestAsync(Tier.Paused, default);
        await instance.StartAsync(default);
        await instance.StopAsync(default);

        Assert.Equal([container], await ContainersAsync());
    }

    [Fact]
    public async Task Rest_StoppedBehindOurBack_FailsAndSaysItEnded()
    {
        await using var instance = await StartedAsync();
        await Engine.CommandAsync("kill", Assert.Single(await ContainersAsync()));

        await Assert.ThrowsAsync<RuntimeException>(() => instance.RestAsync(Tier.Paused, default));

        await instance.Exited.WaitAsync(Patience);
    }

    [Fact]
    public async Task Rest_InitializedOnDocker_IsRefused()
    {
        await using var instance = await StartedAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => instance.RestAsync(Tier.Initialized, default));
    }

    private async Task<IInstance> StartedAsync()
    {
        var instance = await NewRuntime().CreateAsync(Function, default);
        await instance.StartAsync(default);
        return instance;
    }

    private async Task<string> StatusAsync() => await InspectAsync(Assert.Single(await ContainersAsync()), "{{.State.Status}}");

    private Task EventuallyAsync(string status) => Eventually.True(async () => await StatusAsync() == status, status);
}
