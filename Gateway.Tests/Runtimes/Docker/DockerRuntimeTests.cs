using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Engines;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>One engine for all tests of this folder; tests keep apart by their function's and gateway's names.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    private TestEngine? _engine;

    public TestEngine Engine => _engine ?? throw new InvalidOperationException("the engine did not start");

    public async ValueTask InitializeAsync() => _engine = await TestEngine.StartAsync();

    public ValueTask DisposeAsync() => _engine?.DisposeAsync() ?? ValueTask.CompletedTask;
}

public abstract class DockerRuntimeTest : IAsyncDisposable
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<DockerRuntime> _runtimes = [];

    protected DockerRuntimeTest(EngineFixture fixture)
    {
        Engine = fixture.Engine;
        Function = new FunctionOptions
        {
            Name = "F" + Guid.NewGuid().ToString("N")[..8],
            Run = new ContainerRunOptions(DockerDialect.RuntimeName) { Image = TestEngine.Image, Port = 8080 },
        };
    }

    protected TestEngine Engine { get; }
    private protected FunctionOptions Function { get; }

    private protected DockerRuntime NewRuntime(Uri? endpoint = null, string gateway = "test", ILogger<DockerRuntime>? logger = null, string? gates = null)
    {
        var runtime = new DockerRuntime(
            new EngineOptions { Endpoint = endpoint ?? Engine.Endpoint, Gate = gates }, gateway, TestEngine.CgroupRoot,
            TimeProvider.System, logger ?? NullLogger<DockerRuntime>.Instance);
        _runtimes.Add(runtime);
        return runtime;
    }

    /// <summary>The function's containers as the engine lists them: id, state and name, a line each.</summary>
    protected async Task<string[]> ContainersAsync(string format = "{{.ID}}", string? state = null)
    {
        string[] filter = state is null ? [] : ["--filter", $"status={state}"];
        var lines = await Engine.CommandAsync([
            "ps", "--all", "--no-trunc", "--filter", $"label=headstart.function={Function.Name.ToLowerInvariant()}", .. filter, "--format", format]);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A started instance of a runtime of its own.</summary>
    private protected async Task<IInstance> StartedAsync(FunctionOptions function, DockerRuntime? runtime = null)
    {
        var instance = await (runtime ?? NewRuntime()).CreateAsync(function, default);
        await instance.StartAsync(default);
        return instance;
    }

    /// <summary>What an instance answers, asked from inside the engine's network; it may be about to listen.</summary>
    private protected Task<string> AskAsync(IInstance instance, string path = "/") => Engine.InNetworkAsync(
        "curl", "--silent", "--show-error", "--max-time", "10", "--retry", "10", "--retry-connrefused", "--retry-delay", "1", $"http://{instance.Endpoint}{path}");

    protected Task<string> InspectAsync(string container, string format) =>
        Engine.CommandAsync("inspect", "--format", format, container);

    public async ValueTask DisposeAsync()
    {
        foreach (var runtime in _runtimes)
        {
            await runtime.DisposeAsync();
        }

        if (await ContainersAsync() is { Length: > 0 } left)
        {
            try
            {
                await Engine.CommandAsync(["rm", "--force", .. left]);
            }
            catch (InvalidOperationException exception) when (exception.Message.Contains("already in progress", StringComparison.Ordinal))
            {
                // The runtime was removing it when it was disposed, and the engine goes on.
            }
        }

        GC.SuppressFinalize(this);
    }
}
