using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Tests.Deploy;
using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;
using NetworkNamespace = Gateway.Lab.Networking.NetworkNamespace;

namespace Gateway.Tests.EndToEnd;

/// <summary>A hook of the kernel's that is full: the program for it is left out, the others work, and the reason is told.</summary>
public sealed class RefusedProgramTests
{
    private const int Port = 8081;

    /// <summary>So many sk_lookup programs does a network namespace take (kernel/bpf/net_namespace.c, netns_bpf_max_progs).</summary>
    private const int Most = 64;

    private const string Passes = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        SEC("sk_lookup") int pass(struct bpf_sk_lookup *ctx) { return SK_PASS; }
        char LICENSE[] SEC("license") = "GPL";
        """;

    [Fact]
    public async Task Start_NoRoomForOneProgram_TheReasonIsToldAndSynsWake()
    {
        using var space = NetworkNamespace.Create();
        using var open = OpenBpfObject.FromMemory(Clang.Bpf(Passes), "full");
        using var full = open.Load();
        var links = space.Run(() => Enumerable.Range(0, Most).Select(_ => full.Program("pass").AttachSkLookup()).ToArray());
        try
        {
            await using var gateway = await GatewayProcess.StartAsync(new GatewayProcessOptions
            {
                Namespace = space,
                Settings = new JsonObject { ["Gateway"] = new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = "Required" }, ["Functions"] = await HelloAsync() } },
            });
            var hooks = JsonNode.Parse(await gateway.Admin.GetStringAsync("/api/ebpf"))!.AsArray();
            var refused = Assert.Single(hooks, hook => hook!["refused"] is not null)!;
            Assert.Equal(("*", "none", "sk_lookup"), ((string?)refused["interface"], (string?)refused["mode"], (string?)refused["refused"]));
            Assert.StartsWith("Attaching hs_sk_lookup to the network namespace failed with E2BIG", (string?)refused["why"], StringComparison.Ordinal);
            Assert.Single(gateway.Log, line => line.Contains("The kernel refused the eBPF program sk_lookup, which is left out: Attaching hs_sk_lookup", StringComparison.Ordinal));
            var metrics = await gateway.MetricsAsync();
            Assert.Equal(1, metrics.Sum("gateway_ebpf_programs", ("program", "sk_lookup"), ("outcome", "refused")));
            Assert.Equal(1, metrics.Sum("gateway_ebpf_programs", ("program", "sock_ops"), ("outcome", "loaded")));

            var answer = await PatientClient.GetAsync(space, Port, async () => (await gateway.FunctionsAsync())[0].State != "Stopped");

            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Equal("Syn", Assert.Single(await gateway.ColdStartsAsync("hello")).Signal);
        }
        finally
        {
            Array.ForEach(links, link => link.Dispose());
        }
    }

    private static async Task<JsonObject> HelloAsync() => new()
    {
        ["hello"] = new JsonObject
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray(await HelloSample.BuildAsync()),
            ["Listen"] = new JsonArray($"http://*:{Port}"),
        },
    };
}
