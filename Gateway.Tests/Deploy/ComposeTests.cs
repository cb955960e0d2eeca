using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Lab.Hosts;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The image and the compose file, built and run for real. The base images are this machine's own files: no registry is asked.</summary>
public sealed partial class ComposeTests(ITestOutputHelper output)
{
    private const string Admin = "http://127.0.0.1:9090";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Bits of <c>linux/capability.h</c>, by the names that docker-compose.yml uses.</summary>
    private static readonly Dictionary<string, int> CapabilityBits = new(StringComparer.Ordinal)
    {
        ["KILL"] = 5,
        ["SETGID"] = 6,
        ["SETUID"] = 7,
        ["SETPCAP"] = 8,
        ["NET_BIND_SERVICE"] = 10,
        ["NET_ADMIN"] = 12,
        ["SYS_ADMIN"] = 21,
        ["PERFMON"] = 38,
        ["BPF"] = 39,
    };

    // Two minutes with nothing beside them, most of them for the image.
    [LongFact]
    public async Task Up_OnAnEmptyEngine_WakesAContainerBySynAndIsScrapedAndGoesWithoutATrace()
    {
        var programs = await KernelProgramsAsync();
        await using var project = await ComposeProject.UpAsync();
        await project.GetUntilAsync($"{Admin}/readyz", static answer => answer == "ready\n", "gateway", Patience);

        await AssertRightsAsync(project);
        await AssertAttachedAsync(project);
        await AssertSynWakesAsync(project);
        await AssertScrapedAsync(project);

        await project.ComposeAsync("down", "--volumes");
        Assert.Empty(await AllOfAsync(project, "com.docker.compose.project"));
        await AssertGoneAsync(programs);

        // What the gateway made outlives it, for the next one to adopt; its label finds it.
        var made = await AllOfAsync(project, "headstart.gateway=compose");
        Assert.Single(made);
        await project.Engine.DockerAsync("rm", "--force", made[0]);
        Assert.Equal("", (await project.Engine.DockerAsync("ps", "--all", "--quiet")).Trim());
    }

    /// <summary>The container is not privileged and has only the capabilities that the file adds.</summary>
    private async Task AssertRightsAsync(ComposeProject project)
    {
        var gateway = await project.ContainerAsync("gateway");
        using var inspected = JsonDocument.Parse(await project.Engine.DockerAsync("inspect", gateway));
        var host = inspected.RootElement[0].GetProperty("HostConfig");
        Assert.False(host.GetProperty("Privileged").GetBoolean());
        Assert.True(host.GetProperty("ReadonlyRootfs").GetBoolean());
        string[] added = [.. host.GetProperty("CapAdd").EnumerateArray().Select(name => name.GetString()!.Replace("CAP_", "", StringComparison.Ordinal))];
        Assert.NotEmpty(added);
        Assert.Equal(["ALL"], host.GetProperty("CapDrop").EnumerateArray().Select(name => name.GetString()!));

        var status = await project.Engine.DockerAsync("exec", gateway, "cat", "/proc/1/status");
        output.WriteLine($"{string.Join(' ', added)}: CapEff {Field(status, "CapEff")}");
        var expected = added.Aggregate(0UL, static (bits, name) => bits | (1UL << CapabilityBits[name]));
        Assert.Equal(expected, ulong.Parse(Field(status, "CapEff"), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(expected, ulong.Parse(Field(status, "CapBnd"), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal("1", Field(status, "NoNewPrivs"));
        // 2: SECCOMP_MODE_FILTER.
        Assert.Equal("2", Field(status, "Seccomp"));
    }

    /// <summary>On the machine's cgroup root, so that listen() in every container is heard.</summary>
    private static async Task AssertAttachedAsync(ComposeProject project)
    {
        var hooks = await project.Host.GetFromJsonAsync<List<JsonElement>>($"{Admin}/api/ebpf");
        var sockOps = Assert.Single(hooks!, hook => hook.GetProperty("mode").GetString() == "sock_ops");
        Assert.Equal("*", sockOps.GetProperty("interface").GetString());
        Assert.Equal(JsonValueKind.Null, sockOps.GetProperty("why").ValueKind);
    }

    private static async Task AssertSynWakesAsync(ComposeProject project)
    {
        var functions = new Uri($"{Admin}/api/functions");
        async Task<string> StateAsync() => Assert.Single((await project.Host.GetFromJsonAsync<List<FunctionStatus>>(functions))!).State;
        Assert.Equal("Stopped", await StateAsync());

        var answer = await PatientClient.GetAsync(project.Engine.Namespace, 8081, async () => await StateAsync() != "Stopped");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("hello", answer.TrimEnd(), StringComparison.Ordinal);
        var starts = await project.Host.GetFromJsonAsync<List<ColdStart>>($"{Admin}/api/coldstarts");
        var start = Assert.Single(starts!);
        Assert.Equal(("hello", "Syn", "Served"), (start.Function, start.Signal, start.Outcome));
        Assert.NotNull(start.Phases["listening"]);
        Assert.Contains("hello", await project.Engine.DockerAsync("ps", "--filter", "label=headstart.function", "--format", "{{.Names}}"), StringComparison.Ordinal);
    }

    private static async Task AssertScrapedAsync(ComposeProject project)
    {
        await project.GetUntilAsync(
            "http://127.0.0.1:9091/api/v1/targets",
            static answer => answer.Contains("\"health\":\"up\"", StringComparison.Ordinal), "prometheus", Patience);
        await project.GetUntilAsync(
            "http://127.0.0.1:9091/api/v1/query?query=gateway_cold_starts_total",
            static answer => answer.Contains("\"signal\":\"Syn\"", StringComparison.Ordinal), "prometheus", Patience);
        await project.GetUntilAsync(
            "http://127.0.0.1:9091/api/v1/rules", static answer => answer.Contains("\"health\":\"ok\"", StringComparison.Ordinal), "prometheus", Patience);
    }

    private static async Task<string[]> AllOfAsync(ComposeProject project, string label) =>
        (await project.Engine.DockerAsync("ps", "--all", "--quiet", "--filter", $"label={label}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The kernel frees programs a moment after their last holder has ended.</summary>
    private static async Task AssertGoneAsync(int before)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (await KernelProgramsAsync() > before)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>How many programs of the gateway's kinds the kernel holds.</summary>
    private static async Task<int> KernelProgramsAsync()
    {
        var listed = await Command.ExecuteAsync(new LabProcessOptions { FileName = "bpftool", Arguments = ["prog", "list"] });
        return listed.ThrowIfFailed().Output.Split('\n').Count(line => SocketProgram().IsMatch(line));
    }

    private static string Field(string status, string name) =>
        status.Split('\n').Single(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split('\t')[1].Trim();

    [GeneratedRegex(@"^\d+: (?:sock_ops|xdp|sk_lookup|sched_cls) ", RegexOptions.None, 1000)]
    private static partial Regex SocketProgram();
}
