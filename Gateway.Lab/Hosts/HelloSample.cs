using System.Globalization;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Hosts;

/// <summary>The sample function <c>hello</c>: samples/hello/main.c says what its environment can ask of it.</summary>
public static class HelloSample
{
    /// <summary>Builds it if its sources are newer, and returns the program's path: one static file, no library needed.</summary>
    /// <exception cref="LabException">The sources are not above this assembly's directory, or do not compile.</exception>
    public static async Task<string> BuildAsync()
    {
        var build = new LabProcessOptions { FileName = SourceTree.Path("samples", "build") };
        (await Command.ExecuteAsync(build)).ThrowIfFailed();
        return SourceTree.Path("artifacts", "samples", "hello");
    }

    /// <summary>Builds and runs it, and waits until it listens.</summary>
    /// <param name="cores">Those it may run on; null for all.</param>
    public static async Task<LabProcess> StartAsync(
        NetworkNamespace space, int port = 8080, IReadOnlyDictionary<string, string?>? environment = null, string? cores = null)
    {
        var process = LabProcess.Start(new LabProcessOptions
        {
            FileName = await BuildAsync(),
            Namespace = space,
            Cores = cores,
            Environment = new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>())
            {
                ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
            },
        });
        try
        {
            await process.WaitForLineAsync(line => line.Contains("listening", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
