using Gateway.Configuration;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>A name that comes to stand for another image while the function rests, or runs: nobody prepares it anew.</summary>
[Collection("docker")]
public sealed class ImageChangeTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    private FunctionOptions Told => Function.With(run => run with { Image = $"told{Function.Name.ToLowerInvariant()}:1" });

    [Fact]
    public async Task Build_WhileItRests_IsWhatTheNextStartRuns()
    {
        await BuildAsync("one");
        var runtime = NewRuntime();
        Assert.Equal("one", await RunAsync(Told, runtime));

        await BuildAsync("two");

        Assert.Equal("two", await RunAsync(Told, runtime));
        await Eventually.True(async () => (await ContainersAsync()).Length == 1, "the old one is removed");
    }

    [Fact]
    public async Task Tag_WhileItRests_IsWhatTheNextStartRuns()
    {
        await BuildAsync("one");
        await BuildAsync("two", "other:" + Function.Name.ToLowerInvariant());
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Told, default);

        await Engine.CommandAsync("tag", "other:" + Function.Name.ToLowerInvariant(), Told.Container.Image);

        Assert.Equal("two", await RunAsync(Told, runtime));
    }

    [Fact]
    public async Task Load_WhileItRests_IsWhatTheNextStartRuns()
    {
        var archive = Path.GetTempFileName();
        try
        {
            await BuildAsync("two");
            await Engine.CommandAsync("save", "--output", archive, Told.Container.Image);
            await BuildAsync("one");
            var runtime = NewRuntime();
            Assert.Equal("one", await RunAsync(Told, runtime));

            await Engine.CommandAsync("load", "--input", archive);

            Assert.Equal("two", await RunAsync(Told, runtime));
        }
        finally
        {
            File.Delete(archive);
        }
    }

    [Fact]
    public async Task Build_WhileItRuns_IsWhatTheNextStartRuns()
    {
        await BuildAsync("one");
        var runtime = NewRuntime();
        await using var instance = await StartedAsync(Told, runtime);
        var image = instance.Build;

        await BuildAsync("two");

        Assert.Equal("one", await AskAsync(instance, "/told"));
        Assert.False(instance.Exited.IsCompleted);
        await instance.StopAsync(default);
        await using var next = await StartedAsync(Told, runtime);
        Assert.Equal("two", await AskAsync(next, "/told"));
        Assert.NotEqual(image, next.Build);
        Assert.Equal(await InspectAsync(Told.Container.Image, "{{.Id}}"), next.Build);
    }

    [Fact]
    public async Task Build_OfAnotherImage_LeavesTheContainer()
    {
        await BuildAsync("one");
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Told, default);
        var before = await ContainersAsync();

        await BuildAsync("two", "other:" + Function.Name.ToLowerInvariant());

        Assert.Equal("one", await RunAsync(Told, runtime));
        Assert.Equal(before, await ContainersAsync());
    }

    private Task BuildAsync(string word, string? image = null) => Engine.BuildAsync(
        image ?? Told.Container.Image, $"sh -c 'busybox mkdir -p /www && echo {word} > /www/told && exec /bin/busybox httpd -f -p $PORT -h /www'", "SIGKILL", "ENV PATH=/bin");

    private async Task<string> RunAsync(FunctionOptions function, DockerRuntime runtime)
    {
        await using var instance = await StartedAsync(function, runtime);
        var told = await AskAsync(instance, "/told");
        await instance.StopAsync(default);
        return told;
    }
}
