using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>Stand-ins for the images that come from registries, made of this machine's own files by <c>local-base-images</c>.</summary>
internal static class LocalBaseImages
{
    /// <summary>The values of docker-compose.yml's variables.</summary>
    public static IReadOnlyDictionary<string, string?> Environment { get; } = new Dictionary<string, string?>
    {
        ["SDK_IMAGE"] = "local/sdk",
        ["RUNTIME_IMAGE"] = "local/runtime",
        ["SAMPLE_BUILD_IMAGE"] = "local/sdk",
        ["PROMETHEUS_IMAGE"] = "local/prometheus",
    };

    public static async Task ImportAsync(DockerEngine engine)
    {
        using var directory = LabDirectory.Create("images");
        var packages = directory.File("packages");
        await File.WriteAllLinesAsync(packages, await PackagesAsync(directory.File("restored")));
        var import = new LabProcessOptions
        {
            FileName = SourceTree.Path("Gateway.Tests", "Deploy", "local-base-images"),
            Arguments = [engine.Endpoint.OriginalString, packages],
        };
        (await Command.ExecuteAsync(import)).ThrowIfFailed();
    }

    /// <summary>The folders of the packages that publishing the gateway needs, restored if they are not there.</summary>
    private static async Task<IReadOnlyList<string>> PackagesAsync(string artifacts)
    {
        // Beside the tree's own obj folders, which belong to another kind of build.
        var restore = new LabProcessOptions
        {
            FileName = "dotnet",
            Arguments =
            [
                "restore", SourceTree.Path("Gateway"), "-r", RuntimeInformation.RuntimeIdentifier, "-v", "quiet", "-nodeReuse:false",
                "-p:PublishReadyToRun=true", "-p:UseArtifactsOutput=true", $"-p:ArtifactsPath={artifacts}",
            ],
        };
        (await Command.ExecuteAsync(restore)).ThrowIfFailed();
        string[] assets = [.. Directory.EnumerateFiles(artifacts, "project.assets.json", SearchOption.AllDirectories)];
        Assert.NotEmpty(assets);
        return [.. assets.SelectMany(FoldersOf).Distinct(StringComparer.Ordinal)];
    }

    // Libraries are what the code refers to; "download dependencies" the compiler that ReadyToRun needs, and its targets.
    private static List<string> FoldersOf(string assets)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(assets));
        var root = document.RootElement;
        var cache = root.GetProperty("packageFolders").EnumerateObject().First().Name;
        var libraries = root.GetProperty("libraries").EnumerateObject().Select(library => library.Value)
            .Where(library => library.GetProperty("type").GetString() == "package")
            .Select(library => library.GetProperty("path").GetString()!);
        var downloads = root.GetProperty("project").GetProperty("frameworks").EnumerateObject()
            .Where(framework => framework.Value.TryGetProperty("downloadDependencies", out _))
            .SelectMany(framework => framework.Value.GetProperty("downloadDependencies").EnumerateArray())
            .Select(download => $"{download.GetProperty("name").GetString()!.ToLowerInvariant()}/{Exact(download.GetProperty("version").GetString()!)}");
        return [.. libraries.Concat(downloads).Select(path => Path.Combine(cache, path))];
    }

    /// <summary>NuGet writes an exact version as a range of one: <c>[10.0.1, 10.0.1]</c>.</summary>
    private static string Exact(string range) => range.TrimStart('[').Split(',')[0];
}
