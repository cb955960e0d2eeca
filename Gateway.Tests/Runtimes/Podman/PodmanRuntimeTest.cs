using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Podman;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Podman;

/// <summary>One engine for all tests of this folder; tests keep apart by their function's names.</summary>
public sealed class PodmanFixture : IAsyncLifetime
{
    public const string Image = "hello:1";

    private readonly LabDirectory _gates = LabDirectory.Create("gates");
    private PodmanEngine? _engine;

    /// <summary>The directory of the gates, which the engine sees too.</summary>
    public string Gates => _gates.Path;

    public PodmanEngine Engine => _engine ?? throw new InvalidOperationException("the engine did not start");

    public async ValueTask InitializeAsync()
    {
        _engine = await PodmanEngine.StartAsync();
        await _engine.ImportImageAsync(
            Image,
            new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync(), ["/bin/busybox"] = "/bin/busybox", ["/bin/sh"] = "/bin/busybox" },
            ["/hello"]);
    }

    public async ValueTask DisposeAsync()
    {
        await (_engine?.DisposeAsync() ?? ValueTask.CompletedTask);
        _gates.Dispose();
    }
}

[CollectionDefinition("podman")]
public sealed class PodmanCollection : ICollectionFixture<PodmanFixture>;

public abstract class PodmanRuntimeTest(PodmanFixture fixture) : IAsyncDisposable
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int s_port = 18100;

    private readonly List<PodmanRuntime> _runtimes = [];

    protected PodmanEngine Engine { get; } = fixture.Engine;

    private protected FunctionOptions Function { get; } = new()
    {
        Name = "P" + Guid.NewGuid().ToString("N")[..8],
        Run = new ContainerRunOptions(PodmanDialect.RuntimeName) { Image = PodmanFixture.Image, Network = ContainerRunOptions.HostNetwork, Port = Interlocked.Increment(ref s_port) },
    };

    private protected PodmanRuntime NewRuntime(ILogger<PodmanRuntime>? logger = null)
    {
        var runtime = new PodmanRuntime(
            new EngineOptions { Endpoint = Engine.Endpoint, Gate = fixture.Gates }, "test", Cgroup.FindRoot(), TimeProvider.System, logger ?? NullLogger<PodmanRuntime>.Instance);
        _runtimes.Add(runtime);
        return runtime;
    }

    /// <summary>The function's containers as Podman itself sees them.</summary>
    protected async Task<string[]> ContainersAsync(string format = "{{.ID}}") =>
        (await Engine.PodmanAsync("ps", "--all", "--no-trunc", "--filter", $"label=headstart.function={Function.Name.ToLowerInvariant()}", "--format", format))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    protected async Task<string> StatusAsync() =>
        await Engine.PodmanAsync("inspect", "--format", "{{.State.Status}}", Assert.Single(await ContainersAsync()));

    protected Task EventuallyAsync(string status) => Eventually.True(async () => await StatusAsync() == status, status);

    /// <summary>What the function answers, asked from inside the engine's network.</summary>
    protected async Task<string> AskAsync(string path = "/") => (await Engine.Namespace.ExecuteAsync(
        "curl", "--silent", "--max-time", "5", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", $"http://127.0.0.1:{Function.Run.Port}{path}")).ThrowIfFailed().Output;

    public async ValueTask DisposeAsync()
    {
        foreach (var runtime in _runtimes)
        {
            await runtime.DisposeAsync();
        }

        if (await ContainersAsync() is { Length: > 0 } left)
        {
            await Engine.PodmanAsync(["rm", "--force", "--time", "0", .. left]);
        }

        GC.SuppressFinalize(this);
    }
}
