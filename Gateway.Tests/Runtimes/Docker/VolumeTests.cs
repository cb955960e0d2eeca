using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>What is in volumes outlives the containers.</summary>
[Collection("docker")]
public sealed class VolumeTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    // Writes a line at every start and shows them all.
    private const string Diary = "sh -c 'echo $HOSTNAME >> /var/lib/diary/log; exec /bin/busybox httpd -f -p $PORT -h /var/lib/diary'";

    private FunctionOptions DiaryFunction => Function.With(run => run with { Image = $"diary{Function.Name.ToLowerInvariant()}:1" });

    [Fact]
    public async Task ImageVolume_OverNewOptionsANewImageAndANewGateway_KeepsItsData()
    {
        await BuildAsync("A=1");
        await using (var runtime = NewRuntime())
        {
            Assert.Equal(1, await RunAsync(DiaryFunction, runtime));

            // A key more.
            var changed = DiaryFunction.With(run => run with { Environment = new Dictionary<string, string> { ["X"] = "y" } });
            await runtime.PrepareAsync(changed, default);
            Assert.Equal(2, await RunAsync(changed, runtime));

            // An image built anew.
            await BuildAsync("A=2");
            await runtime.PrepareAsync(changed, default);
            Assert.Equal(3, await RunAsync(changed, runtime));

            // A container that somebody removed, with its anonymous volumes.
            await Engine.CommandAsync("rm", "--volumes", Assert.Single(await ContainersAsync()));
            Assert.Equal(4, await RunAsync(changed, runtime));

            // While it is running, and then by the next gateway with other options.
            var instance = await StartedAsync(changed, runtime);
            Assert.Equal(5, await LinesAsync(instance));
            await instance.DisposeAsync();
        }

        await using var next = NewRuntime();
        Assert.Empty(await next.AdoptAsync(DiaryFunction, default));
        Assert.Equal(6, await RunAsync(DiaryFunction, next));

        // Removed from the configuration, and put back.
        await next.ForgetAsync(DiaryFunction.Name, default);
        Assert.Empty(await ContainersAsync());
        Assert.Equal(7, await RunAsync(DiaryFunction, next));
        Assert.Equal("/var/lib/diary", await Engine.CommandAsync(
            "volume", "ls", "--filter", $"label=headstart.function={Function.Name.ToLowerInvariant()}", "--format", "{{.Label \"headstart.path\"}}"));
    }

    [Fact]
    public async Task ImageVolume_OptionsChangeWhileItRuns_IsTheNextOnesWhenItHasEnded()
    {
        await BuildAsync("A=1");
        var runtime = NewRuntime();
        await using var instance = await StartedAsync(DiaryFunction, runtime);
        Assert.Equal(1, await LinesAsync(instance));
        var changed = DiaryFunction.With(run => run with { Port = 8081 });
        await runtime.PrepareAsync(changed, default);

        // Nor do two ever run on them at once.
        var next = runtime.CreateAsync(changed, default).AsTask();
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        Assert.False(next.IsCompleted);
        await instance.StopAsync(default);
        await using var second = await next.WaitAsync(Patience);
        await second.StartAsync(default);

        Assert.Equal(2, await LinesAsync(second));
    }

    [Fact]
    public async Task ImageVolume_SeveralInstances_HaveTheirOwn()
    {
        await BuildAsync("A=1");
        var function = DiaryFunction with { Scale = new ScaleOptions { Max = 2 } };
        var runtime = NewRuntime();
        await using var first = await StartedAsync(function, runtime);
        await using var second = await StartedAsync(function, runtime);

        Assert.Equal((1, 1), (await LinesAsync(first), await LinesAsync(second)));

        await first.StopAsync(default);
        await second.StopAsync(default);
        await runtime.PrepareAsync(function.With(run => run with { Environment = new Dictionary<string, string> { ["X"] = "y" } }), default);
        var changed = function.With(run => run with { Environment = new Dictionary<string, string> { ["X"] = "y" } });
        await using var third = await StartedAsync(changed, runtime);
        await using var fourth = await StartedAsync(changed, runtime);
        Assert.Equal((2, 2), (await LinesAsync(third), await LinesAsync(fourth)));
    }

    [Fact]
    public async Task Volumes_OfEveryKind_AreMountedAsWritten()
    {
        var directory = Directory.CreateTempSubdirectory("gw-bind-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "told"), "from the host");
            var function = Function.With(run => run with
            {
                Command = ["/bin/sh", "-c", "(busybox mount; busybox touch /bound/x || echo no; busybox cat /bound/told) > /run/out 2>&1; exec busybox httpd -f -p $PORT -h /run"],
                Volumes =
                [
                    new VolumeMount(VolumeKind.Named, "data" + Function.Name, "/data"),
                    new VolumeMount(VolumeKind.Named, "data" + Function.Name, "/again", "ro,nocopy"),
                    new VolumeMount(VolumeKind.Bind, directory.FullName, "/bound", "ro"),
                    new VolumeMount(VolumeKind.Tmpfs, "", "/run", "size=1m,mode=1777"),
                    new VolumeMount(VolumeKind.Own, "", "/own"),
                ],
                Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
            });
            await using var instance = await StartedAsync(function);

            var seen = (await AskAsync(instance, "/out")).Split('\n');

            Assert.Contains(seen, line => line.Contains(" on /data ", StringComparison.Ordinal) && line.Contains("(rw", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.Contains(" on /again ", StringComparison.Ordinal) && line.Contains("(ro", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.Contains(" on /bound ", StringComparison.Ordinal) && line.Contains("(ro", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.StartsWith("tmpfs on /run ", StringComparison.Ordinal) && line.Contains("size=1024k", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.Contains(" on /own ", StringComparison.Ordinal));
            Assert.Contains("no", seen);
            Assert.Contains("from the host", seen);
            await instance.StopAsync(default);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Prepare_HostPathThatIsNotThere_SaysSo()
    {
        var function = Function.With(run => run with { Volumes = [new VolumeMount(VolumeKind.Bind, "/srv/not-there", "/data")] });

        var error = await Assert.ThrowsAsync<RuntimeException>(() => NewRuntime().PrepareAsync(function, default));

        Assert.Contains("bind source path does not exist: /srv/not-there", error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Gateway:Functions:{Function.Name}: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(await ContainersAsync());
    }

    private Task BuildAsync(string label) => Engine.BuildAsync(DiaryFunction.Container.Image, Diary, "SIGKILL", $"VOLUME /var/lib/diary\nLABEL {label}");

    private async Task<int> LinesAsync(IInstance instance) => (await AskAsync(instance, "/log")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>A start and a stop; how many the diary has seen by then.</summary>
    private async Task<int> RunAsync(FunctionOptions function, DockerRuntime runtime)
    {
        await using var instance = await StartedAsync(function, runtime);
        var lines = await LinesAsync(instance);
        await instance.StopAsync(default);
        return lines;
    }
}
