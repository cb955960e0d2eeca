using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Ebpf.Hooks;
using Gateway.Lab.Clients;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway's days: kills, reloads, certificates, streams, functions that misbehave.</summary>
[SideBySide]
public sealed class LifeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Gateway_Killed_LeavesNoProcessNoCgroupAndNoProgram()
    {
        await using var edge = await StartAsync();
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var cgroup = Path.Combine(Cgroup.FindRoot(), $"headstart-{edge.Gateway.ProcessId}");
        var pids = Directory.GetDirectories(cgroup).SelectMany(instance => File.ReadAllLines(Path.Combine(instance, "cgroup.procs"))).ToArray();
        Assert.NotEmpty(pids);

        await edge.Gateway.KillAsync();

        await Eventually.True(() => !Directory.Exists(cgroup));
        Assert.All(pids, pid => Assert.False(Runs(pid)));
    }

    [Fact]
    public async Task Gateway_Stopped_EndsWithZeroAndLeavesNothing()
    {
        await using var edge = await StartAsync();
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var cgroup = Path.Combine(Cgroup.FindRoot(), $"headstart-{edge.Gateway.ProcessId}");

        Assert.Equal(0, await edge.Gateway.StopAsync(TimeSpan.FromSeconds(40)));

        await Eventually.True(() => !Directory.Exists(cgroup));
    }

    [Fact]
    public async Task Metrics_OfAServingGateway_PassPromtool()
    {
        await using var edge = await StartAsync();
        (await edge.GetAsync(port: Edge.HttpsPort)).ThrowIfFailed();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, await edge.Gateway.Admin.GetStringAsync("/metrics"));

            var check = await Command.ExecuteAsync(new LabProcessOptions { FileName = "sh", Arguments = ["-c", $"promtool check metrics <{file}"] });

            Assert.Equal((0, ""), (check.ExitCode, check.AllOutput));
            // Those of the warm-up are not clients'.
            var metrics = await edge.Gateway.MetricsAsync();
            Assert.Equal((1, 1), (metrics.Sum("gateway_tls_handshakes_total", ("protocol", "TLS 1.3"), ("outcome", "Completed")), metrics.Sum("gateway_connections_accepted_total")));
            Assert.Equal(1, metrics.Sum("gateway_build_info"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Certificate_ReplacedOnDisk_IsServedWithoutRestart()
    {
        await using var edge = await StartAsync();
        (await edge.GetAsync(port: Edge.SharedPort)).ThrowIfFailed();
        var settings = edge.Settings["Kestrel"]!["Certificates"]!["Default"]!;
        var before = await ServedSerialAsync(edge);
        var fresh = edge.Certificates.Issue(Edge.Host);

        File.Move(fresh.KeyPath, settings["KeyPath"]!.GetValue<string>(), overwrite: true);
        File.Move(fresh.CertificatePath, settings["Path"]!.GetValue<string>(), overwrite: true);

        // Between the two files Kestrel may find a key that does not fit, and it opens the endpoint anew: it may refuse.
        await Eventually.True(async () =>
        {
            try
            {
                return await ServedSerialAsync(edge) != before;
            }
            catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException)
            {
                return false;
            }
        });
        (await edge.GetAsync(port: Edge.SharedPort)).ThrowIfFailed();
    }

    [Fact]
    public async Task Certificate_SpoiledOnDisk_IsToldAndTheOneBeforeServes()
    {
        await using var edge = await StartAsync();
        var path = edge.Settings["Kestrel"]!["Certificates"]!["Default"]!["Path"]!.GetValue<string>();
        var good = await File.ReadAllTextAsync(path);
        var before = await ServedSerialAsync(edge);

        await File.WriteAllTextAsync(path, "no certificate");

        await edge.Gateway.WaitForLogAsync(
            line => line.Contains($"Kestrel:Certificates:Default: '{path}' cannot be used", StringComparison.Ordinal) && line.Contains("stays in use", StringComparison.Ordinal), Patience);
        Assert.Equal(before, await ServedSerialAsync(edge));
        await File.WriteAllTextAsync(path, good);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("Every certificate can be used again", StringComparison.Ordinal), Patience);
        Assert.Equal(before, await ServedSerialAsync(edge));
    }

    [Fact]
    public async Task Reload_AddsAFunctionAndABadOneChangesNothing()
    {
        await using var edge = await StartAsync();
        var settings = edge.Settings;
        var added = (JsonObject)settings["Gateway"]!["Functions"]!["hello"]!.DeepClone();
        added["Listen"] = new JsonArray("http://*:8090");
        settings["Gateway"]!["Functions"]!["added"] = added;

        edge.Gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).Count == 2);
        await Eventually.True(async () => (await edge.GetAsync(port: 8090, arguments: "--insecure")).ExitCode != 7);
        var result = await Curl.GetAsync(new CurlOptions { Namespace = edge.Network.Client, Url = $"http://{edge.Network.Link.Server.Address}:8090/" });
        Assert.Equal(200, result.HttpCode);

        var bad = edge.Settings;
        bad["Gateway"]!["Functions"]!["hello"]!["Runtime"] = "Telepathy";
        edge.Gateway.UpdateSettings(bad);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("Telepathy", StringComparison.Ordinal), Patience);
        Assert.Equal(2, (await edge.Gateway.FunctionsAsync()).Count);
        Assert.Equal(200, (await edge.GetAsync(port: Edge.HttpPort)).HttpCode);

        edge.Gateway.UpdateSettings(edge.Settings);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).Count == 1);
    }

    [Fact]
    public async Task WebSocket_OpenLongerThanIdleAfter_IsNotCut()
    {
        await using var edge = await StartAsync(hello => hello["Idle"] = new JsonObject { ["After"] = "00:00:00.200", ["Tier"] = "Stopped" });
        using var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => new System.Net.Sockets.NetworkStream(
                await edge.Network.Client.ConnectAsync(new(edge.Network.Link.Server.Address, Edge.HttpPort), token), ownsSocket: true),
        });
        await socket.ConnectAsync(new Uri($"ws://{Edge.Host}:{Edge.HttpPort}/ws"), invoker, CancellationToken.None);

        // Five times the idle time in silence, by the gateway's clock and ours.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await socket.SendAsync("still there"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var buffer = new byte[100];
        var answer = await socket.ReceiveAsync(buffer, CancellationToken.None);

        Assert.Equal("still there"u8, buffer.AsSpan(0, answer.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].State == "Stopped");
    }

    [Fact]
    public async Task Response_StreamingLongerThanIdleAfter_ArrivesWhole()
    {
        await using var edge = await StartAsync(hello => hello["Idle"] = new JsonObject { ["After"] = "00:00:00.200", ["Tier"] = "Stopped" });

        var result = await edge.GetAsync("/stream?n=10&ms=150", Edge.HttpPort);

        Assert.Equal(0, result.ExitCode);
        Assert.InRange(result.Total, 1300, 60_000);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync())[0].State == "Stopped");
    }

    [Fact]
    public async Task Function_ThatExitsWhileStarting_FailsItsRequestsAtOnceWithProblemDetails()
    {
        await using var edge = await StartAsync(hello => hello["Environment"] = new JsonObject { ["FAIL"] = "3" });
        using var client = edge.Network.Client.CreateHttpClient();
        var began = Stopwatch.GetTimestamp();

        using var response = await client.GetAsync(new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/"));

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(503, problem.GetProperty("status").GetInt32());
        // The request need not wait until what is left of the program is gone.
        await Eventually.True(async () => Assert.Single(await edge.Gateway.FunctionsAsync()).State == "Failed", "it is Failed");
        Assert.Contains(await edge.Gateway.ColdStartsAsync("hello"), start => start.Outcome == "Failed");
        await edge.Gateway.WaitForLogAsync(line => line.Contains("exit code 3", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task ServerTiming_OfAColdStart_TellsWhatWasHiddenAndWaited()
    {
        await using var edge = await StartAsync();
        var settings = edge.Settings;
        settings["Gateway"]!["ServerTiming"] = true;
        edge.Gateway.UpdateSettings(settings);
        await edge.Gateway.WaitForLogAsync(line => line.Contains("new configuration is in use", StringComparison.Ordinal), Patience);
        await edge.SleepAsync();
        using var client = edge.Network.Client.CreateHttpClient();
        var url = new Uri($"http://{edge.Network.Link.Server.Address}:{Edge.HttpPort}/");

        using var cold = await client.GetAsync(url);
        using var warm = await client.GetAsync(url);

        var header = Assert.Single(cold.Headers.GetValues("Server-Timing"));
        var start = (await edge.Gateway.ColdStartsAsync("hello"))[^1];
        double[] durations = [.. header.Split(", ").Select(metric => double.Parse(metric.Split("dur=")[1], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.StartsWith("hidden;dur=", header, StringComparison.Ordinal);
        Assert.Contains(", wait;dur=", header, StringComparison.Ordinal);
        Assert.Equal(start.Hidden!.Value / 1000.0, durations[0], 0.01);
        Assert.Equal(start.Penalty!.Value / 1000.0, durations[1], 0.01);
        Assert.False(warm.Headers.Contains("Server-Timing"));
    }

    [Fact]
    public async Task Function_ThatNeverGetsReady_DoesNotDelayAnothersWake()
    {
        await using var edge = await StartAsync(also: functions =>
        {
            var stuck = (JsonObject)functions["hello"]!.DeepClone();
            stuck["Environment"] = new JsonObject { ["BOOT_MS"] = "600000" };
            stuck["Listen"] = new JsonArray("http://*:8091");
            stuck["Ready"] = new JsonObject { ["Timeout"] = "00:00:06" };
            functions["stuck"] = stuck;
        });
        var waiting = Curl.GetAsync(new CurlOptions { Namespace = edge.Network.Client, Url = $"http://{edge.Network.Link.Server.Address}:8091/" });
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).Single(function => function.Name == "stuck").State == "Starting");

        var quick = await edge.GetAsync(port: Edge.HttpPort);

        Assert.Equal(200, quick.HttpCode);
        Assert.InRange(quick.Total, 0, 4000);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(503, (await waiting).HttpCode);
    }

    [Fact]
    public async Task Syn_OverIPv6_Wakes()
    {
        await using var edge = await StartAsync();

        var result = await Curl.GetAsync(new CurlOptions { Namespace = edge.Network.Client, Url = $"http://[{edge.Network.Link.Server.AddressV6}]:{Edge.HttpPort}/" });

        Assert.Equal(200, result.ThrowIfFailed().HttpCode);
        var start = Assert.Single(await edge.Gateway.ColdStartsAsync("hello"));
        Assert.Equal("Syn", start.Signal);
        Assert.StartsWith($"[{edge.Network.Link.Client.AddressV6}]:", start.Client, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Syn_WithoutRequest_IsAWastedWake()
    {
        await using var edge = await StartAsync(hello => hello["Idle"] = new JsonObject { ["After"] = "00:00:00.300" });
        using (await edge.Network.Client.ConnectAsync(new(edge.Network.Link.Server.Address, Edge.HttpPort)))
        {
            await Eventually.True(async () => (await edge.Gateway.ColdStartsAsync("hello")).Count == 1);
        }

        var start = Assert.Single(await edge.Gateway.ColdStartsAsync("hello"));
        Assert.Equal("Wasted", start.Outcome);
        Assert.Null(start.Phases["request"]);
        Assert.Equal(1, (await edge.Gateway.MetricsAsync()).Sum("gateway_wasted_wakes_total", ("function", "hello"), ("signal", "Syn")));
    }

    [Fact]
    public async Task Admin_IsNotReachedThroughAPublicAddress()
    {
        await using var edge = await StartAsync();

        // By path, and by a Host header that names the admin address.
        var byPath = await edge.GetAsync("/metrics", Edge.SharedPort, arguments: ["--header", "Host: elsewhere.example"]);
        var byHost = await edge.GetAsync("/api/functions", Edge.SharedPort, arguments: ["--header", "Host: 127.0.0.1:9090"]);

        Assert.Equal(404, byPath.HttpCode);
        Assert.Equal(404, byHost.HttpCode);
    }

    internal static async Task<Edge> StartAsync(Action<JsonObject>? hello = null, Action<JsonObject>? also = null)
    {
        var function = await Edge.HelloAsync("Syn", bootMilliseconds: 20);
        hello?.Invoke(function);
        var functions = new JsonObject { ["hello"] = function };
        also?.Invoke(functions);
        return await Edge.StartAsync(TimeSpan.FromMilliseconds(20), _ => functions);
    }

    private static async Task<string> ServedSerialAsync(Edge edge)
    {
        await using var tcp = new System.Net.Sockets.NetworkStream(await edge.Network.Client.ConnectAsync(new(edge.Network.Link.Server.Address, Edge.SharedPort)), ownsSocket: true);
        await using var tls = new System.Net.Security.SslStream(tcp);
        await tls.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions { TargetHost = Edge.Host, RemoteCertificateValidationCallback = (_, _, _, _) => true });
        return tls.RemoteCertificate!.GetSerialNumberString();
    }

    // A zombie has ended; whether anybody reaps it is the machine's affair.
    private static bool Runs(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
