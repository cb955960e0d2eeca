using System.Net;
using Gateway.Lab;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Lab;

public sealed class DockerEngineTests
{
    [Fact]
    public async Task StartAsync_ImportAndRun_ServesAndLeavesNothing()
    {
        string container, directory;
        await using (var engine = await DockerEngine.StartAsync())
        {
            directory = Path.GetDirectoryName(engine.SocketPath)!;
            await engine.ImportImageAsync("hello:1", new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() }, ["/hello"]);
            container = await engine.DockerAsync("run", "--detach", "hello:1");
            var address = await engine.DockerAsync("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container);

            using var client = engine.Namespace.CreateHttpClient(new Dictionary<string, IPAddress> { ["hello"] = IPAddress.Parse(address) });
            Assert.Equal("hello\n", await client.GetStringAsync("http://hello:8080/"));
            Assert.NotEmpty(Cgroups(container));
        }

        Assert.False(Directory.Exists(directory));
        Assert.Empty(Cgroups(container));
        Assert.DoesNotContain(directory, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), process => Names(process, directory));
    }

    [Fact]
    public async Task StartAsync_NamespaceGiven_BridgeIsThere()
    {
        using var space = NetworkNamespace.Create();
        await using var engine = await DockerEngine.StartAsync(new DockerEngineOptions { Namespace = space });

        Assert.Contains("docker0", (await space.ExecuteAsync("ip", "-o", "link")).Output, StringComparison.Ordinal);
        var failure = await Assert.ThrowsAsync<LabException>(() => engine.DockerAsync("run", "nothing:1"));
        Assert.Contains("nothing:1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_TooLittleTime_FailsAndLeavesNothing()
    {
        using var space = NetworkNamespace.Create();
        var options = new DockerEngineOptions { Namespace = space, StartTimeout = TimeSpan.FromMilliseconds(1) };

        var failure = await Assert.ThrowsAsync<LabException>(() => DockerEngine.StartAsync(options));

        Assert.Contains("did not answer", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("docker0", (await space.ExecuteAsync("ip", "-o", "link")).Output, StringComparison.Ordinal);
    }

    private static List<string> Cgroups(string container) =>
    [
        .. Directory.EnumerateDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup")
            .Select(hierarchy => Path.Combine(hierarchy, "docker", container)).Where(Directory.Exists),
    ];

    private static bool Names(string process, string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(directory, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
