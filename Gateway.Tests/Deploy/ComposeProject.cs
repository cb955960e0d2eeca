using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Tests.Deploy;

/// <summary>docker-compose.yml as it stands in the tree, on an engine of its own.</summary>
internal sealed class ComposeProject : IAsyncDisposable
{
    private const string Name = "headstart-test";

    private ComposeProject(DockerEngine engine)
    {
        Engine = engine;
        Host = engine.Namespace.CreateHttpClient();
    }

    public DockerEngine Engine { get; }

    /// <summary>A program on the engine's host.</summary>
    public HttpClient Host { get; }

    /// <summary>Builds all images and starts all services; does not wait for what they do then.</summary>
    public static async Task<ComposeProject> UpAsync()
    {
        var project = new ComposeProject(await DockerEngine.StartAsync());
        try
        {
            await LocalBaseImages.ImportAsync(project.Engine);
            await project.ComposeAsync("build");
            await project.ComposeAsync("up", "--detach");
            return project;
        }
        catch
        {
            await project.DisposeAsync();
            throw;
        }
    }

    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="LabException">It failed; holds all that it wrote.</exception>
    public async Task<string> ComposeAsync(params IReadOnlyList<string> arguments)
    {
        var options = new LabProcessOptions
        {
            FileName = "docker-compose",
            Arguments = ["--project-name", Name, "--no-ansi", .. arguments],
            WorkingDirectory = SourceTree.Root,
            Environment = new Dictionary<string, string?>(LocalBaseImages.Environment)
            {
                ["DOCKER_HOST"] = Engine.Endpoint.OriginalString,
                ["DOCKER_SOCKET"] = Engine.SocketPath,

                // Debian 12's engine is 20.10: it cannot give CAP_BPF nor CAP_PERFMON (docs/operating.md).
                ["BPF_CAPABILITY"] = "SYS_ADMIN",
                ["PERFMON_CAPABILITY"] = "CAP_SYS_ADMIN",
            },
        };
        return (await Command.ExecuteAsync(options)).ThrowIfFailed().Output;
    }

    public async Task<string> ContainerAsync(string service) => (await ComposeAsync("ps", "--quiet", service)).Trim();

    /// <summary>Asks until the answer is as expected.</summary>
    /// <exception cref="LabException">It was not in time; holds the last answer and the service's log.</exception>
    public async Task<string> GetUntilAsync(string url, Predicate<string> expected, string service, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        var last = "no answer";
        try
        {
            return await Retry.UntilConnectedAsync(
                async token =>
                {
                    last = await Host.GetStringAsync(url, token);
                    return expected(last) ? last : throw new HttpRequestException("not yet");
                },
                limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new LabException($"{url} said in {timeout}: {last}\n{await ComposeAsync("logs", "--tail", "40", service)}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Host.Dispose();
        await Engine.DisposeAsync();
    }
}
