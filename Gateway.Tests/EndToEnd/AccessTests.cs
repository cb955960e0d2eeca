using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Access lists, as denied and allowed clients of the built gateway see them. The client's end of the link has a whole subnet.</summary>
[SideBySide]
public sealed class AccessTests
{
    private const string Denied = "198.18.0.77", Allowed = "198.18.0.78";
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // where the kernel hears nothing the gateway's own signals obey too
    public async Task Get_DeniedByTheGateway_WakesNothingAndIsNotServed(bool kernel)
    {
        await using var edge = await StartAsync(kernel, new JsonObject { ["Deny"] = new JsonArray("198.18.0.76/31", "fd00:4853::/32") }, access: null);

        // On the function's own address the connection ends before HTTP.
        foreach (var port in (int[])[Edge.HttpPort, Edge.HttpsPort])
        {
            Assert.Contains((await GetAsync(edge, Denied, port)).ExitCode, (int[])[7, 35, 52, 56]); // CURLE_COULDNT_CONNECT if the reset is there before curl looks, CURLE_SSL_CONNECT_ERROR, CURLE_GOT_NOTHING, CURLE_RECV_ERROR
        }

        // On a shared address it is the request that tells whom it is for.
        Assert.Equal(403, (await GetAsync(edge, Denied, Edge.SharedPort)).ThrowIfFailed().HttpCode);
        Assert.Empty(await edge.Gateway.ColdStartsAsync("hello"));
        var metrics = await edge.Gateway.MetricsAsync();
        Assert.Equal(0, metrics.Sum("gateway_signals_total"));
        Assert.Equal(kernel, metrics.Sum("gateway_ebpf_events_total", ("program", "sock_ops"), ("outcome", "denied")) >= 2);

        Assert.Equal(200, (await GetAsync(edge, Allowed, Edge.HttpsPort)).ThrowIfFailed().HttpCode);
        Assert.Equal(200, (await GetAsync(edge, Allowed, Edge.SharedPort)).ThrowIfFailed().HttpCode);
    }

    [Fact]
    public async Task Get_ListOfAFunctionChanges_FollowsTheReload()
    {
        await using var edge = await StartAsync(kernel: true, gateway: null, access: new JsonObject { ["Allow"] = new JsonArray(Allowed) });
        Assert.NotEqual(0, (await GetAsync(edge, Denied, Edge.HttpsPort)).ExitCode);
        Assert.Equal(403, (await GetAsync(edge, Denied, Edge.SharedPort)).ThrowIfFailed().HttpCode);
        Assert.Equal(200, (await GetAsync(edge, Allowed, Edge.HttpsPort)).ThrowIfFailed().HttpCode);

        await ReloadAsync(edge, new JsonObject { ["Allow"] = new JsonArray("198.18.0.0/24"), ["Deny"] = new JsonArray(Allowed) });
        Assert.Equal(200, (await GetAsync(edge, Denied, Edge.HttpsPort)).ThrowIfFailed().HttpCode);
        Assert.Equal(200, (await GetAsync(edge, Denied, Edge.SharedPort)).ThrowIfFailed().HttpCode);
        Assert.Equal(403, (await GetAsync(edge, Allowed, Edge.SharedPort)).ThrowIfFailed().HttpCode);
        await edge.SleepAsync();
        var woken = (await edge.Gateway.ColdStartsAsync("hello")).Count;
        Assert.NotEqual(0, (await GetAsync(edge, Allowed, Edge.HttpsPort)).ExitCode);
        Assert.Equal(woken, (await edge.Gateway.ColdStartsAsync("hello")).Count);
    }

    private static async Task ReloadAsync(Edge edge, JsonObject access)
    {
        var settings = edge.Settings;
        settings["Gateway"]!["Functions"]!["hello"]!["Access"] = access;
        edge.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await GetAsync(edge, Denied, Edge.SharedPort)).HttpCode == 200);
    }

    private static async Task<Edge> StartAsync(bool kernel, JsonObject? gateway, JsonObject? access)
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 0);
        hello["Access"] = access;
        var section = new JsonObject { ["Ebpf"] = new JsonObject { ["Mode"] = kernel ? "Required" : "Off" }, ["Access"] = gateway };
        return await Edge.StartAsync(s_roundTrip, _ => new JsonObject { ["hello"] = hello }, section);
    }

    private static Task<CurlResult> GetAsync(Edge edge, string source, int port) => edge.GetAsync(port: port, arguments: ["--interface", source]);
}
