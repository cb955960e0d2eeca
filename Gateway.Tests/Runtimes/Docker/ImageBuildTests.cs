using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>Which build of its image an instance is of: what was measured of one tells nothing of another.</summary>
[Collection("docker")]
public sealed class ImageBuildTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    [Fact]
    public async Task Build_ImageBuiltAnewUnderTheSameTag_IsAnother()
    {
        var function = Function.With(run => run with { Image = $"built:{Function.Name.ToLowerInvariant()}" });
        await Engine.BuildAsync(function.Container.Image, "sleep 1", "SIGKILL");
        var runtime = NewRuntime();
        await runtime.PrepareAsync(function, default);
        await using var before = await runtime.CreateAsync(function, default);
        Assert.Equal(await Engine.CommandAsync("image", "inspect", "--format", "{{.Id}}", function.Container.Image), before.Build);

        await Engine.BuildAsync(function.Container.Image, "sleep 2", "SIGKILL");
        await runtime.PrepareAsync(function, default);
        await using var after = await runtime.CreateAsync(function, default);

        Assert.NotEqual(before.Build, after.Build);
        Assert.Equal(await Engine.CommandAsync("image", "inspect", "--format", "{{.Id}}", function.Container.Image), after.Build);
    }
}
