using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions that take what they can get: memory of the machine, and memory of the gateway by what they write.</summary>
[SideBySide]
public sealed class GreedyFunctionTests
{
    private const int Port = 8081;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Memory_Reached_IsToldAndTheFunctionStartsAgain()
    {
        using var space = NetworkNamespace.Create();
        using var directory = LabDirectory.Create("greedy");
        var eat = directory.File("eat");
        await using var gateway = await StartAsync(space, new JsonObject
        {
            ["Command"] = new JsonArray("/bin/sh", "-c", $"/bin/busybox httpd -p 127.0.0.1:$PORT -h /etc; while [ ! -e {eat} ]; do /bin/busybox usleep 20000; done; exec /bin/busybox awk 'BEGIN {{ s = \"headstart\"; while (1) s = s s }}'"),
            ["Memory"] = "32MiB",
        });
        Assert.Equal(200, await GetAsync(space, "/hostname"));

        await File.WriteAllTextAsync(eat, "");
        await gateway.WaitForLogAsync(line => line.Contains("[1005]", StringComparison.Ordinal) && line.Contains("killed for using more memory than its Memory of 32 MiB", StringComparison.Ordinal), Patience);

        File.Delete(eat);
        await Eventually.True(async () => await GetAsync(space, "/hostname") == 200);
    }

    /// <summary>400 MB on one line, before it listens.</summary>
    [Fact]
    public async Task Output_WithoutANewline_CostsTheGatewayNothing()
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = await StartAsync(space, new JsonObject
        {
            ["Command"] = new JsonArray("/bin/sh", "-c", $"/bin/busybox head -c 400000000 /dev/zero | /bin/busybox tr '\\0' a; exec {await HelloSample.BuildAsync()}"),
            ["Ready"] = new JsonObject { ["Timeout"] = "00:01:00" },
            ["Hold"] = new JsonObject { ["Timeout"] = "00:01:00" },
        });
        var before = Resident(gateway.ProcessId, "VmRSS");

        Assert.Equal(200, await GetAsync(space));

        Assert.InRange(Resident(gateway.ProcessId, "VmHWM") - before, 0, 64 << 10);
        await gateway.WaitForLogAsync(line => line.Contains("[3004]", StringComparison.Ordinal) && line.Contains("lines of more than 8192 characters", StringComparison.Ordinal), Patience);
    }

    private static Task<GatewayProcess> StartAsync(NetworkNamespace space, JsonObject function)
    {
        function["Runtime"] = "Process";
        function["Listen"] = new JsonArray($"http://*:{Port}");
        return GatewayProcess.StartAsync(new()
        {
            Namespace = space,
            Settings = new JsonObject { ["Gateway"] = new JsonObject { ["State"] = new JsonObject { ["Path"] = "" }, ["Functions"] = new JsonObject { ["greedy"] = function } } },
        });
    }

    private static async Task<int> GetAsync(NetworkNamespace space, string path = "/")
    {
        using var client = space.CreateHttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{Port}{path}"));
        return (int)answer.StatusCode;
    }

    /// <summary>In KiB.</summary>
    private static long Resident(int process, string field) => long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture);
}
