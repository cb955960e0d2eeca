using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>What docs/operating.md says of capabilities: a gateway that has those and no other, as deploy/headstart.service starts it.</summary>
[SideBySide]
public sealed class CapabilityTests
{
    private const int Port = 8081;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Gateway_WithTheThreeOnly_AttachesAndKeepsThemFromItsFunctions()
    {
        using var space = NetworkNamespace.Create();
        using var program = new RestrictedGateway(0, cgroup: null, "bpf", "net_admin", "perfmon");
        await using var gateway = await GatewayProcess.StartAsync(await OptionsAsync(space, program, "Required"));

        var answer = await PatientClient.GetAsync(space, Port, async () => (await gateway.FunctionsAsync())[0].State != "Stopped");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("Syn", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
        Assert.Equal((1UL << 39) | (1UL << 38) | (1UL << 12), ProcessRights.Of(gateway.ProcessId).Effective);
        var function = answer.Split("X-Instance: ", 2)[1].Split('-', 2)[0];
        Assert.Equal(0UL, ProcessRights.Of(int.Parse(function, CultureInfo.InvariantCulture)).Effective);
    }

    /// <summary>Such a gateway may not make cgroups: it keeps its functions in process groups.</summary>
    [Fact]
    public async Task Gateway_WithoutCgroups_Killed_LeavesNoFunction()
    {
        using var space = NetworkNamespace.Create();
        using var program = new RestrictedGateway(0, cgroup: null, "bpf", "net_admin", "perfmon");
        await using var gateway = await GatewayProcess.StartAsync(await OptionsAsync(space, program, "Required"));
        Assert.Contains(gateway.Log, line => line.Contains("process groups", StringComparison.Ordinal));
        var answer = await PatientClient.GetAsync(space, Port, async () => (await gateway.FunctionsAsync())[0].State != "Stopped");
        var function = $"/proc/{answer.Split("X-Instance: ", 2)[1].Split('-', 2)[0]}";
        Assert.True(Directory.Exists(function));

        await gateway.KillAsync();

        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (Directory.Exists(function))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>Only the programs that read packets need the capability.</summary>
    [Fact]
    public async Task Gateway_WithoutPerfmon_NamesItAndHearsSynsAllTheSame()
    {
        using var space = NetworkNamespace.Create();
        using var program = new RestrictedGateway(0, cgroup: null, "bpf", "net_admin");
        await using var gateway = await GatewayProcess.StartAsync(await OptionsAsync(space, program, "Required"));

        var answer = await PatientClient.GetAsync(space, Port, async () => (await gateway.FunctionsAsync())[0].State != "Stopped");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("Syn", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
        Assert.Single(gateway.Log, line => line.Contains("refused the eBPF program xdp", StringComparison.Ordinal) && line.Contains("CAP_PERFMON", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bpf", "perfmon")]
    [InlineData("net_admin", "perfmon")]
    public async Task Gateway_WithTwoOfThem_NamesThemAndServesWithout(params string[] capabilities)
    {
        using var space = NetworkNamespace.Create();
        using var program = new RestrictedGateway(0, cgroup: null, capabilities);
        await using var gateway = await GatewayProcess.StartAsync(await OptionsAsync(space, program, "Auto"));

        var answer = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{Port}/" });

        Assert.Equal(200, answer.ThrowIfFailed().HttpCode);
        Assert.Equal("Request", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
        await gateway.WaitForLogAsync(line => line.Contains("No eBPF", StringComparison.Ordinal) && line.Contains("CAP_", StringComparison.Ordinal), Patience);
    }

    private static async Task<GatewayProcessOptions> OptionsAsync(NetworkNamespace space, RestrictedGateway program, string mode) => new()
    {
        Namespace = space,
        Program = program.Path,
        Settings = new JsonObject
        {
            ["Gateway"] = new JsonObject
            {
                ["Ebpf"] = new JsonObject { ["Mode"] = mode },
                ["Functions"] = new JsonObject
                {
                    ["hello"] = new JsonObject
                    {
                        ["Runtime"] = "Process",
                        ["Command"] = new JsonArray(await HelloSample.BuildAsync()),
                        // It may not run it as anybody else.
                        ["User"] = "root",
                        ["Listen"] = new JsonArray($"http://*:{Port}"),
                    },
                },
            },
        },
    };

    /// <summary>How much the unit leaves open, as systemd itself judges it: 0 is nothing, 10 everything.</summary>
    [Fact]
    public async Task Unit_AsSystemdJudgesIt_IsBelow3()
    {
        var judged = await Command.ExecuteAsync(new LabProcessOptions
        {
            FileName = "systemd-analyze",
            Arguments = ["security", "--offline=true", "--no-pager", "--threshold=30", ServiceUnit.Path],
        });

        // The exit code is not 0 if it is over the threshold, which is in tenths.
        judged.ThrowIfFailed();
        Assert.Contains("Overall exposure level for headstart.service: ", judged.Output, StringComparison.Ordinal);
    }
}
