using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>What docs/operating.md says of capabilities: a gateway that has those and no other, as deploy/headstart.service starts it.</summary>
public sealed class CapabilityTests
{
    private const int Port = 8081;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Gateway_WithTheThreeOnly_AttachesAndKeepsThemFromItsFunctions()
    {
        using var space = NetworkNamespace.Create();
        using var program = new Restricted("bpf", "net_admin", "perfmon");
        await using var gateway = await GatewayProcess.StartAsync(await OptionsAsync(space, program, "Required"));

        var answer = await PatientClient.GetAsync(space, Port, async () => (await gateway.FunctionsAsync())[0].State != "Stopped");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("Syn", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
        Assert.Equal((1UL << 39) | (1UL << 38) | (1UL << 12), Effective(gateway.ProcessId));
        var function = answer.Split("X-Instance: ", 2)[1].Split('-', 2)[0];
        Assert.Equal(0UL, Effective(int.Parse(function, CultureInfo.InvariantCulture)));
    }

    /// <summary>Such a gateway may not make cgroups: it keeps its functions in process groups.</summary>
    [Fact]
    public async Task Gateway_WithoutCgroups_Killed_LeavesNoFunction()
    {
        using var space = NetworkNamespace.Create();
        using var program = new Restricted("bpf", "net_admin", "perfmon");
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
        using var program = new Restricted("bpf", "net_admin");
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
        using var program = new Restricted(capabilities);
        await using var gateway = await GatewayProcess.StartAsync(await OptionsAsync(space, program, "Auto"));

        var answer = await Curl.GetAsync(new CurlOptions { Namespace = space, Url = $"http://127.0.0.1:{Port}/" });

        Assert.Equal(200, answer.ThrowIfFailed().HttpCode);
        Assert.Equal("Request", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
        await gateway.WaitForLogAsync(line => line.Contains("No eBPF", StringComparison.Ordinal) && line.Contains("CAP_", StringComparison.Ordinal), Patience);
    }

    private static async Task<GatewayProcessOptions> OptionsAsync(NetworkNamespace space, Restricted program, string mode) => new()
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
                        ["Listen"] = new JsonArray($"http://*:{Port}"),
                    },
                },
            },
        },
    };

    private static ulong Effective(int process) => ulong.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("CapEff:", StringComparison.Ordinal)).Split('\t')[1],
        NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>
    /// Starts the gateway with ambient capabilities in a process that has no others and whose user id 0 means nothing
    /// (SECBIT_NOROOT), so that the user's own files may stay where they are.
    /// </summary>
    private sealed class Restricted : IDisposable
    {
        private readonly LabDirectory _directory = LabDirectory.Create("restricted");

        public Restricted(params string[] capabilities)
        {
            Path = _directory.File("gateway");
            var set = string.Concat(capabilities.Select(capability => $",+{capability}"));
            File.WriteAllText(Path, $"""
                #!/bin/sh
                exec setpriv --securebits +noroot --inh-caps=-all{set} --ambient-caps=-all{set} --bounding-set=-all{set} dotnet "{System.IO.Path.Combine(AppContext.BaseDirectory, "Gateway.dll")}" "$@"

                """);
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public string Path { get; }

        public void Dispose() => _directory.Dispose();
    }
}
