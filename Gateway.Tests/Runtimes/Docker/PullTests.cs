using Gateway.Configuration;
using Gateway.Lab.Engines;
using Gateway.Runtimes;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>Images that come from a registry.</summary>
[Collection("docker")]
public sealed class PullTests(EngineFixture fixture) : DockerRuntimeTest(fixture)
{
    private const int Port = 5055;

    private FunctionOptions Pulled(PullPolicy pull) => Function.With(run => run with
    {
        Image = $"127.0.0.1:{Port}/{Function.Name.ToLowerInvariant()}:1",
        Pull = pull,
    });

    [Fact]
    public async Task Prepare_MissingImage_IsPulledAndToldOnce()
    {
        await using var registry = await LocalRegistry.StartAsync(Engine.ProcessId, Port);
        var function = Pulled(PullPolicy.Missing);
        await PushAsync(function.Container.Image, "one");
        await Engine.CommandAsync("rmi", function.Container.Image);
        var log = new MessageLog<DockerRuntime>();
        var runtime = NewRuntime(logger: log);

        await Task.WhenAll(runtime.PrepareAsync(function, default), runtime.PrepareAsync(function with { Name = function.Name + "b" }, default));

        Assert.Single(await ContainersAsync());
        Assert.Single(log.Messages, message => message == $"Pulling image {function.Container.Image}");
        Assert.Single(log.Messages, message => message.StartsWith($"Image {function.Container.Image} is pulled, after ", StringComparison.Ordinal));
        await runtime.ForgetAsync(function.Name + "b", default);
    }

    [Fact]
    public async Task Start_MissingImage_IsPulledForIt()
    {
        await using var registry = await LocalRegistry.StartAsync(Engine.ProcessId, Port);
        var function = Pulled(PullPolicy.Missing);
        await PushAsync(function.Container.Image, "one");
        await Engine.CommandAsync("rmi", function.Container.Image);

        await using var instance = await StartedAsync(function);

        Assert.Contains("404", await AskAsync(instance), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_Always_TakesWhatTheRegistryHasNow()
    {
        await using var registry = await LocalRegistry.StartAsync(Engine.ProcessId, Port);
        var function = Pulled(PullPolicy.Always);
        await PushAsync(function.Container.Image, "two");
        var pushed = await InspectAsync(function.Container.Image, "{{.Id}}");
        await Engine.BuildAsync(function.Container.Image, "httpd -f -p $PORT", "SIGKILL", "LABEL v=one");
        Assert.NotEqual(pushed, await InspectAsync(function.Container.Image, "{{.Id}}"));
        var runtime = NewRuntime();

        await runtime.PrepareAsync(function.With(run => run with { Pull = PullPolicy.Missing }), default);
        Assert.NotEqual(pushed, await InspectAsync(Assert.Single(await ContainersAsync()), "{{.Image}}"));
        await runtime.PrepareAsync(function, default);

        Assert.Equal(pushed, await InspectAsync(Assert.Single(await ContainersAsync()), "{{.Image}}"));
    }

    [Fact]
    public async Task Pull_ByHandWhileItRests_IsWhatTheNextStartRuns()
    {
        await using var registry = await LocalRegistry.StartAsync(Engine.ProcessId, Port);
        var function = Pulled(PullPolicy.Never);
        await PushAsync(function.Container.Image, "two");
        var pushed = await InspectAsync(function.Container.Image, "{{.Id}}");
        await Engine.BuildAsync(function.Container.Image, "httpd -f -p $PORT", "SIGKILL", "LABEL v=one");
        var runtime = NewRuntime();
        await runtime.PrepareAsync(function, default);

        await Engine.CommandAsync("pull", "--quiet", function.Container.Image);

        await using var instance = await StartedAsync(function, runtime);
        Assert.Equal(pushed, instance.Build);
    }

    [Fact]
    public async Task Prepare_AlwaysWithoutItsRegistry_UsesWhatIsThereAndSaysSo()
    {
        var function = Pulled(PullPolicy.Always);
        await Engine.BuildAsync(function.Container.Image, "httpd -f -p $PORT", "SIGKILL");
        var log = new MessageLog<DockerRuntime>();

        await NewRuntime(logger: log).PrepareAsync(function, default);

        Assert.Single(await ContainersAsync());
        var told = Assert.Single(log.Messages, message => message.EndsWith("; what the engine has of it is used", StringComparison.Ordinal));
        Assert.StartsWith($"Gateway:Functions:{function.Name}:Image: '{function.Container.Image}' could not be pulled to the engine at {Engine.Endpoint} (", told, StringComparison.Ordinal);
        Assert.Contains("connection refused", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PullPolicy.Missing)]
    [InlineData(PullPolicy.Always)]
    internal async Task Prepare_NeitherHereNorThere_SaysWhyAndWhatToDo(PullPolicy pull)
    {
        await using var registry = await LocalRegistry.StartAsync(Engine.ProcessId, Port);
        var function = Pulled(pull);

        var error = await Assert.ThrowsAsync<RuntimeException>(() => NewRuntime().PrepareAsync(function, default));

        Assert.StartsWith($"Gateway:Functions:{function.Name}:Image: '{function.Container.Image}' could not be pulled to the engine at {Engine.Endpoint} (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"); load it or run docker pull {function.Container.Image}", error.Message, StringComparison.Ordinal);
        Assert.Empty(await ContainersAsync());
    }

    private async Task PushAsync(string image, string label)
    {
        await Engine.BuildAsync(image, "httpd -f -p $PORT", "SIGKILL", $"LABEL v={label}");
        await Engine.CommandAsync("push", "--quiet", image);
    }
}
