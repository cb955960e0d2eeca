using Gateway.Lab.Processes;

namespace Gateway.Lab.Engines;

/// <summary>A real image registry (distribution's) on a loopback address, to which engines speak plain HTTP.</summary>
public sealed class LocalRegistry : IAsyncDisposable
{
    private readonly LabDirectory _directory = LabDirectory.Create("registry");
    private readonly LabProcess _process;

    private LocalRegistry(LabProcessOptions options, int port)
    {
        Address = $"127.0.0.1:{port}";
        File.WriteAllText(_directory.File("config.yml"), $$"""
            version: 0.1
            log: { level: error }
            storage: { filesystem: { rootdirectory: {{_directory.File("data")}} } }
            http: { addr: {{Address}} }

            """);
        _process = LabProcess.Start(options with { Arguments = [.. options.Arguments, "docker-registry", "serve", _directory.File("config.yml")] });
    }

    /// <summary>What images of it begin with.</summary>
    public string Address { get; }

    /// <param name="process">The id of a process in whose network it is to be.</param>
    public static async Task<LocalRegistry> StartAsync(int process, int port)
    {
        var registry = new LocalRegistry(new LabProcessOptions { FileName = "nsenter", Arguments = ["--net", "--target", $"{process}", "--"] }, port);
        try
        {
            var probe = new LabProcessOptions
            {
                FileName = "nsenter",
                Arguments = ["--net", "--target", $"{process}", "--", "curl", "--silent", "--fail", "--retry", "50", "--retry-connrefused", "--retry-delay", "1", $"http://{registry.Address}/v2/"],
            };
            (await Command.ExecuteAsync(probe)).ThrowIfFailed();
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
