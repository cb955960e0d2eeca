using System.Diagnostics;
using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

[Collection("docker")]
public sealed class LifecycleTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    [Fact]
    public async Task Prepare_New_MakesOneRestingContainer()
    {
        await NewRuntime().PrepareAsync(Function, default);

        Assert.Equal([$"/headstart-{Function.Name}-1 created"], await Task.WhenAll(
            (await ContainersAsync()).Select(id => InspectAsync(id, "{{.Name}} {{.State.Status}}"))));
    }

    // The engine makes a container also for a caller who has gone.
    [Fact]
    public async Task Create_GivenUpWhileTheEngineMakesIt_LeavesNoContainerBehind()
    {
        var runtime = NewRuntime();
        await using var first = await runtime.CreateAsync(Function, default);
        for (var milliseconds = 0; milliseconds < 40; milliseconds += 4)
        {
            using var given = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
            try
            {
                await (await runtime.CreateAsync(Function, given.Token)).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                // That is what it is about.
            }
        }

        await Eventually.True(async () => (await ContainersAsync()).Length == 1, "only the one of the first instance is there");
        await first.StartAsync(default);
        await AskAsync(first);
    }

    [Fact]
    public async Task Prepare_Twice_KeepsTheContainer()
    {
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Function, default);
        var before = await ContainersAsync();

        await runtime.PrepareAsync(Function, default);

        Assert.Equal(before, await ContainersAsync());
    }

    [Fact]
    public async Task Prepare_Container_HasWhatTheOptionsSay()
    {
        var function = Function.With(run => run with
        {
            Command = ["/bin/busybox", "sleep", "60"],
            Environment = new Dictionary<string, string> { ["A"] = "b c", ["PORT"] = "1" },
        });

        await NewRuntime().PrepareAsync(function, default);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal(
            "[/bin/busybox sleep 60]|[]|[A=b c PORT=8080 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin]|no|bridge|map[max-file:2 max-size:1m]|map[]",
            await InspectAsync(id, "{{.Config.Entrypoint}}|{{.Config.Cmd}}|{{.Config.Env}}|{{.HostConfig.RestartPolicy.Name}}|{{.HostConfig.NetworkMode}}|{{.HostConfig.LogConfig.Config}}|{{.HostConfig.PortBindings}}"));
        Assert.Equal("test", await InspectAsync(id, "{{index .Config.Labels \"headstart.gateway\"}}"));
    }

    [Fact]
    public async Task Prepare_NameTakenByAnother_UsesTheNext()
    {
        await Engine.CommandAsync("create", "--name", $"headstart-{Function.Name}-1", TestEngine.Image);

        await NewRuntime().PrepareAsync(Function, default);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal($"/headstart-{Function.Name}-2", await InspectAsync(id, "{{.Name}}"));
        await Engine.CommandAsync("rm", $"headstart-{Function.Name}-1");
    }

    [Fact]
    public async Task Start_Bridge_AnswersAtItsEndpoint()
    {
        var runtime = NewRuntime();
        await runtime.PrepareAsync(Function, default);
        await using var instance = await runtime.CreateAsync(Function, default);
        Assert.Null(instance.Endpoint);

        await instance.StartAsync(default);

        var id = Assert.Single(await ContainersAsync(state: "running"));
        Assert.Equal(await InspectAsync(id, "{{(index .NetworkSettings.Networks \"bridge\").IPAddress}}") + ":8080", instance.Endpoint!.ToString());
        Assert.Contains("404 Not Found", await Engine.InNetworkAsync(
            "curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", $"http://{instance.Endpoint}/"), StringComparison.Ordinal);
        Assert.False(instance.Exited.IsCompleted);
    }

    [Fact]
    public async Task Start_Bridge_RunsInOneOfItsCgroupPaths()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        var before = instance.CgroupPaths;

        await instance.StartAsync(default);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal(2, before.Count);
        var pid = await InspectAsync(id, "{{.State.Pid}}");
        Assert.NotEqual("0", pid);
        // The engine's process ids are those of its own namespace: ours are in the cgroup.
        Assert.Contains(before, path => File.Exists($"{path}/cgroup.procs") && File.ReadAllLines($"{path}/cgroup.procs").Length > 0);
    }

    [Fact]
    public async Task Start_UserNetwork_TakesTheAddressThere()
    {
        var network = "n" + Function.Name;
        await Engine.CommandAsync("network", "create", network);
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Network = network }), default);

        await instance.StartAsync(default);

        var id = Assert.Single(await ContainersAsync());
        Assert.Equal(await InspectAsync(id, $"{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}"), instance.Endpoint!.Address.ToString());
        await runtime.ForgetAsync(Function.Name, default);
        await Engine.CommandAsync("network", "rm", network);
    }

    [Fact]
    public async Task Create_HostNetwork_KnowsItsEndpointBeforeTheStart()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function.With(run => run with { Network = "host", Port = 18080 }), default);

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 18080), instance.Endpoint);

        await instance.StartAsync(default);
        Assert.Contains("404 Not Found", await Engine.InNetworkAsync(
            "curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "http://127.0.0.1:18080/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_Running_EndsItAndKeepsTheContainer()
    {
        var runtime = NewRuntime();
        await using var instance = await runtime.CreateAsync(Function, default);
        await instance.StartAsync(default);

        var before = Stopwatch.GetTimestamp();
        await instance.StopAsync(default);

        Assert.True(Stopwatch.GetElapsedTime(before) < TimeSpan.FromSeconds(8), "the image's stop signal was not honoured");
        Assert.Equal("exited", await InspectAsync(Assert.Single(await ContainersAsync()), "{{.State.Status}}"));
        Assert.Contains("stopped by the gateway", (await instance.Exited.WaitAsync(Patience)).Reason, StringComparison.Ordinal);
        await instance.StopAsync(default);
        Assert.Equal("exited", await InspectAsync(Assert.Single(await ContainersAsync()), "{{.State.Status}}"));
    }

    [Fact]
    public async Task Start_AfterStop_IsTheSameContainerUnderANewId()
    {
        var runtime = NewRuntime();
        await using var first = await runtime.CreateAsync(Function, default);
        await first.StartAsync(default);
        await first.StopAsync(default);

        await using var second = await runtime.CreateAsync(Function, default);
        await second.StartAsync(default);

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(first.Id[..12], second.Id[..12]);
        Assert.Matches("^[a-zA-Z0-9_.-]{1,64}$", second.Id);
        Assert.Single(await ContainersAsync(state: "running"));
        // The first run's end, told late, must not be taken for the second's.
        await first.StopAsync(default);
        Assert.Single(await ContainersAsync(state: "running"));
        Assert.False(second.Exited.IsCompleted);
    }

    [Fact]
    public async Task Stop_NeverStarted_GivesTheContainerBack()
    {
        var runtime = NewRuntime();
        await using var first = await runtime.CreateAsync(Function, default);
        await first.StopAsync(default);

        await using var second = await runtime.CreateAsync(Function, default);

        Assert.Equal(first.Id[..12], second.Id[..12]);
        await Assert.ThrowsAsync<RuntimeException>(() => first.StartAsync(default));
    }

    [Fact]
    public async Task Create_Several_AreSeveralContainersUpToTheScale()
    {
        var function = Function with { Scale = new ScaleOptions { Max = 3 } };
        var runtime = NewRuntime();
        await runtime.PrepareAsync(function, default);

        var instances = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            var instance = await runtime.CreateAsync(function, default);
            await instance.StartAsync(default);
            return instance;
        }));

        Assert.Equal(3, instances.Select(instance => instance.Endpoint!.Address.ToString()).Distinct().Count());
        Assert.Equal(3, (await ContainersAsync(state: "running")).Length);
        await Task.WhenAll(instances.Select(instance => instance.StopAsync(default)));
        Assert.Equal(3, (await ContainersAsync(state: "exited")).Length);
        Assert.Equal(3, (await ContainersAsync()).Length);
    }

    [Fact]
    public async Task Forget_RestingAndRunning_RemovesBoth()
    {
        var function = Function with { Scale = new ScaleOptions { Max = 2 } };
        var runtime = NewRuntime();
        await using var first = await runtime.CreateAsync(function, default);
        await using var second = await runtime.CreateAsync(function, default);
        await first.StartAsync(default);
        await second.StartAsync(default);
        await second.StopAsync(default);

        await runtime.ForgetAsync(function.Name, default);

        Assert.Empty(await ContainersAsync());
        await first.Exited.WaitAsync(Patience);
    }
}
