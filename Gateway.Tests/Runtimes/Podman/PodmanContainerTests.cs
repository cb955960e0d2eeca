using System.Diagnostics;
using Gateway.Configuration;
using Gateway.Lab.Engines;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Podman;
using Gateway.Tests.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Podman;

/// <summary>What is asked of containers beyond a start and a stop, on a real Podman: nothing is taken and left out.</summary>
[Collection("podman")]
public sealed class PodmanContainerTests(PodmanFixture fixture) : PodmanRuntimeTest(fixture)
{
    private const int RegistryPort = 5056;
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(6);

    private string Image => $"localhost/{Function.Name.ToLowerInvariant()}:1";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_Rights_AreTheDefaultOrWhatIsWritten(bool isDefault)
    {
        var function = Shell("busybox touch /x || busybox touch /run/readonly; exec busybox httpd -f -p $PORT -h /run").With(run => run with { Volumes = [new VolumeMount(VolumeKind.Tmpfs, "", "/run", "mode=1777")] });
        await using var instance = await StartedAsync(isDefault ? function : function.With(run => run with { Capabilities = ["NET_RAW"], NewPrivileges = true, ReadOnly = true, Pids = 9 }));

        Assert.Equal(isDefault, (await AskAsync("/readonly")).Contains("404", StringComparison.Ordinal));
        var rights = ContainerRights.Of(instance);
        Assert.Equal(isDefault ? (ContainerRights.Default, 1) : (1UL << 13, 0), (rights.Effective, rights.NoNewPrivileges));
        Assert.Equal(rights.Effective, rights.Bounding);
        Assert.Equal(isDefault ? "2048" : "9", await Engine.PodmanAsync("inspect", "--format", "{{.HostConfig.PidsLimit}}", Assert.Single(await ContainersAsync())));
        await instance.StopAsync(default);
    }

    [Fact]
    public async Task Start_EveryOption_IsTheProgramsOwn()
    {
        var directory = Directory.CreateTempSubdirectory("gw-bind-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "told"), "from the host");
            directory.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            await using var instance = await StartedAsync(Shell(
                "(busybox id -u; busybox id -g; busybox cat /proc/1/comm; busybox cat /bound/told; echo; busybox touch /bound/x || echo no; busybox mount) > /run/out 2>/dev/null; exec busybox httpd -f -p $PORT -h /run").With(run => run with
                {
                    User = "1234:4321",
                    Memory = 64 << 20,
                    Pids = 33,
                    Init = true,
                    Labels = new Dictionary<string, string> { ["com.example.team"] = "shop" },
                    Volumes =
                [
                    new VolumeMount(VolumeKind.Named, "data" + Function.Name, "/data"),
                    new VolumeMount(VolumeKind.Named, "data" + Function.Name, "/again", "ro,nocopy"),
                    new VolumeMount(VolumeKind.Bind, directory.FullName, "/bound", "ro"),
                    new VolumeMount(VolumeKind.Tmpfs, "", "/run", "size=1m,mode=1777"),
                    new VolumeMount(VolumeKind.Own, "", "/own"),
                ],
                }));

            var seen = (await AskAsync("/out")).Split('\n');

            Assert.Equal(["1234", "4321", "podman-init", "from the host", "no"], seen[..5]);
            Assert.Contains(seen, line => line.Contains(" on /data ", StringComparison.Ordinal) && line.Contains("(rw", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.Contains(" on /again ", StringComparison.Ordinal) && line.Contains("(ro", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.StartsWith("tmpfs on /run ", StringComparison.Ordinal) && line.Contains("size=1024k", StringComparison.Ordinal));
            Assert.Contains(seen, line => line.Contains(" on /own ", StringComparison.Ordinal));
            Assert.Equal("67108864 33 shop", await Engine.PodmanAsync(
                "inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{index .Config.Labels \"com.example.team\"}}", Assert.Single(await ContainersAsync())));
            await instance.StopAsync(default);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_OnSeveralNetworks_IsReachedByTheFirst()
    {
        string[] networks = ["a" + Function.Name, "b" + Function.Name];
        foreach (var network in networks)
        {
            await Engine.PodmanAsync("network", "create", network);
        }

        var runtime = NewRuntime();
        var function = Function.With(run => run with { Network = networks[1], Port = 8080, Networks = [networks[0]] });
        await using var instance = await StartedAsync(function, runtime);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal(instance.Endpoint!.Address.ToString(), await Engine.PodmanAsync("inspect", "--format", $"{{{{(index .NetworkSettings.Networks \"{networks[1]}\").IPAddress}}}}", id));
        Assert.Equal(2, (await Engine.PodmanAsync("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", id)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        await instance.StopAsync(default);
        await runtime.ForgetAsync(function.Name, default);
        await Engine.PodmanAsync(["network", "rm", .. networks]);
        var missing = await Assert.ThrowsAsync<RuntimeException>(() => runtime.PrepareAsync(function, default));
        Assert.StartsWith($"Gateway:Functions:{function.Name}:Network: '{networks[1]}' is not on the engine at ", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_BuiltAnewWhileItRests_KeepsItsDataAndIsWhatTheNextStartRuns()
    {
        await ImportAsync("one");
        var runtime = NewRuntime();
        var function = Function.With(run => run with { Image = Image });
        Assert.Equal("one", await RunAsync(function, runtime));

        await ImportAsync("two");
        await ToldAsync();
        Assert.Equal("one two", await RunAsync(function, runtime));

        // As is a new key in the configuration.
        var changed = function.With(run => run with { Environment = new Dictionary<string, string> { ["X"] = "y" } });
        await runtime.PrepareAsync(changed, default);
        Assert.Equal("one two two", await RunAsync(changed, runtime));

        // And a container that somebody removed with its volumes.
        await Engine.PodmanAsync("rm", "--volumes", Assert.Single(await ContainersAsync()));
        Assert.Equal("one two two two", await RunAsync(changed, runtime));
    }

    [Fact]
    public async Task Image_BuiltAnewWhileItIsInitialized_EndsWhatWasMadeOfTheOldOne()
    {
        await ImportAsync("one");
        await using var instance = await NewRuntime().CreateAsync(Function.With(run => run with { Image = Image }), default);
        await instance.RestAsync(Tier.Initialized, default);

        await ImportAsync("two");

        await instance.Exited.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(Tier.Stopped)]
    [InlineData(Tier.Initialized)]
    internal async Task Rest_ProgramWithoutAHandler_IsKilledAtOnce(Tier tier)
    {
        await using var instance = await StartedAsync(Shell("exec busybox httpd -f -p $PORT"));
        await AskAsync();

        Assert.InRange(await TimeAsync(tier == Tier.Stopped ? instance.StopAsync(default) : instance.RestAsync(tier, default)), TimeSpan.Zero, AtOnce);
    }

    [Theory]
    [InlineData(Tier.Stopped)]
    [InlineData(Tier.Initialized)]
    internal async Task Rest_SlowHandlerAndSomebodyWaits_IsCutShort(Tier tier)
    {
        await using var instance = await StartedAsync(Shell("trap : TERM; busybox httpd -f -p $PORT & while :; do wait; done"));
        await AskAsync();

        var rest = TimeAsync(tier == Tier.Stopped ? instance.StopAsync(default) : instance.RestAsync(tier, default));
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        Assert.False(rest.IsCompleted);
        instance.Hurry();

        Assert.InRange(await rest, TimeSpan.Zero, AtOnce);
    }

    [Fact]
    public async Task Stop_SlowHandler_HasItsStopTimeout()
    {
        await using var instance = await StartedAsync(Shell("trap : TERM; busybox httpd -f -p $PORT & while :; do wait; done").With(run => run with { StopTimeout = TimeSpan.FromSeconds(2) }));
        await AskAsync();
        instance.Hurry();

        Assert.InRange((await TimeAsync(instance.StopAsync(default))).TotalSeconds, 1.9, 8);
    }

    [Fact]
    public async Task Healthy_CheckOfTheConfiguration_IsAwaitedWithoutSystemd()
    {
        var check = new HealthCheckOptions { Test = ["CMD-SHELL", "busybox test -e /well || { echo not yet; exit 1; }"] };
        await using var instance = await StartedAsync(
            Shell("(busybox sleep 2; busybox touch /well) & exec busybox httpd -f -p $PORT").With(run => run with { HealthCheck = check }));

        var healthy = instance.HealthyAsync(default);
        await Eventually.True(() => Task.FromResult(instance.Unhealthy == "it ended with exit code 1 and said: not yet"), instance.Unhealthy ?? "nothing");

        await healthy.WaitAsync(Patience);
    }

    [Fact]
    public async Task Prepare_MissingImage_IsPulledOrToldWhyNot()
    {
        await using var registry = await LocalRegistry.StartAsync(Engine.ProcessId, RegistryPort);
        var function = Function.With(run => run with { Image = $"{registry.Address}/{Function.Name.ToLowerInvariant()}:1" });
        var log = new MessageLog<PodmanRuntime>();
        var runtime = NewRuntime(log);
        var error = await Assert.ThrowsAsync<RuntimeException>(() => runtime.PrepareAsync(function, default));
        Assert.StartsWith($"Gateway:Functions:{function.Name}:Image: '{function.Container.Image}' could not be pulled to the engine at {Engine.Endpoint} (", error.Message, StringComparison.Ordinal);

        await Engine.PodmanAsync("tag", PodmanFixture.Image, function.Container.Image);
        await Engine.PodmanAsync("push", "--tls-verify=false", function.Container.Image);
        await Engine.PodmanAsync("untag", function.Container.Image, function.Container.Image);
        await runtime.PrepareAsync(function, default);

        Assert.Single(await ContainersAsync());
        Assert.Single(log.Messages, message => message.StartsWith($"Image {function.Container.Image} is pulled, after ", StringComparison.Ordinal));
    }

    // Podman follows the file of its events by looking at it four times a second (nxadm/tail).
    private static Task ToldAsync() => Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

    private FunctionOptions Shell(string script) => Function.With(run => run with
    {
        Command = ["/bin/sh", "-c", script],
        Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
    });

    // Its program writes the word into its volume and shows what is there.
    private Task ImportAsync(string word) => Engine.ImportImageAsync(
        Image,
        new Dictionary<string, string> { ["/bin/busybox"] = "/bin/busybox", ["/bin/sh"] = "/bin/busybox" },
        ["/bin/sh", "-c", $"echo {word} >> /var/diary/log; exec /bin/busybox httpd -f -p $PORT -h /var/diary"],
        "VOLUME /var/diary");

    private async Task<IInstance> StartedAsync(FunctionOptions function, PodmanRuntime? runtime = null)
    {
        var instance = await (runtime ?? NewRuntime()).CreateAsync(function, default);
        await instance.StartAsync(default);
        return instance;
    }

    private async Task<string> RunAsync(FunctionOptions function, PodmanRuntime runtime)
    {
        await using var instance = await StartedAsync(function, runtime);
        var words = await AskAsync("/log");
        await instance.StopAsync(default);
        return string.Join(' ', words.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<TimeSpan> TimeAsync(Task task)
    {
        var begin = Stopwatch.GetTimestamp();
        await task.WaitAsync(Patience);
        return Stopwatch.GetElapsedTime(begin);
    }
}
