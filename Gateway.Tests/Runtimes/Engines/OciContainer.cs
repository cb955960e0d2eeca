using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Tests.Runtimes.Docker;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>A container of an OCI runtime alone, with no engine above it: busybox asleep, in a cgroup of its own.</summary>
internal sealed class OciContainer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gw-oci-");
    private readonly string _runtime;
    private readonly string _name;

    private OciContainer(string runtime)
    {
        _runtime = runtime;
        _name = $"headstart-{_directory.Name}";
    }

    /// <summary>Its cgroup under cgroup v2; v1's hierarchies have the same path.</summary>
    public string Cgroup => Path.Combine(TestEngine.CgroupRoot!, _name);

    public static async Task<OciContainer> StartAsync(string runtime)
    {
        var container = new OciContainer(runtime);
        try
        {
            await container.RunAsync();
            return container;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the runtime: <c>pause</c>, <c>resume</c>, <c>state</c>. Its exit code, what it wrote and how long it took.</summary>
    public async Task<(int ExitCode, string Output, TimeSpan Took)> CommandAsync(string command, params string[] arguments)
    {
        var began = Stopwatch.GetTimestamp();
        // A container that runs on must not keep our pipes open.
        var line = $"""exec "$@" </dev/null >{_directory.FullName}/out 2>&1""";
        string[] words = ["-c", line, "sh", _runtime, "--root", Path.Combine(_directory.FullName, "state"), command, .. arguments, _name];
        using var process = Process.Start(new ProcessStartInfo("sh", words) { WorkingDirectory = _directory.FullName })!;
        await process.WaitForExitAsync();
        return (process.ExitCode, await File.ReadAllTextAsync(Path.Combine(_directory.FullName, "out")), Stopwatch.GetElapsedTime(began));
    }

    public async ValueTask DisposeAsync()
    {
        await CommandAsync("delete", "--force");
        _directory.Delete(recursive: true);
    }

    private async Task RunAsync()
    {
        _directory.CreateSubdirectory("rootfs/proc");
        File.Copy("/bin/busybox", Path.Combine(_directory.FullName, "rootfs", "busybox"));
        using (var spec = Process.Start(new ProcessStartInfo(_runtime, ["spec"]) { WorkingDirectory = _directory.FullName })!)
        {
            await spec.WaitForExitAsync();
        }

        var path = Path.Combine(_directory.FullName, "config.json");
        var config = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new JsonArray("/busybox", "sleep", "600");
        // More open files than this process may have would be refused.
        config["process"]!.AsObject().Remove("rlimits");
        config["linux"]!["cgroupsPath"] = $"/{_name}";
        await File.WriteAllTextAsync(path, config.ToJsonString());
        var (code, output, _) = await CommandAsync("run", "--detach");
        if (code != 0)
        {
            throw new InvalidOperationException($"{_runtime} run: {output}");
        }
    }
}
