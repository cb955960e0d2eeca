using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Containers on engines that are reached over TCP, whose programs wait behind a gate that listens on the program's own port.</summary>
[SideBySide]
public sealed class DistantGateTests(DistantEngines engines, ITestOutputHelper output) : SharedEnginesTest(engines), IClassFixture<DistantEngines>
{
    private const string Busybox = "distant:1";
    private const string Occupied = "occupied:1";

    /// <summary>The length of a gate's secret in bytes.</summary>
    private const int Secret = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Writes down the first line of whatever each connection brings, and answers with all of them. Nothing comes with a connection that only looks whether somebody listens.
    private const string Listener = """
        read -r line; [ -z "$line" ] && exit
        while read -r header && [ ${#header} -gt 1 ]; do :; done
        echo "[$line]" | busybox tr -d '\r' >> /heard
        printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'; busybox cat /heard
        """;

    [Theory]
    [InLongRuns("Docker", true)]
    [InLongRuns("Podman", false)]
    [InLongRuns("Docker", false)]
    public Task Program_BehindAGate_IsAsWithoutOne(string runtime, bool init) => IsAsWithoutGateAsync(runtime, Busybox, init, readOnly: false);

    // Docker's program does not set SO_REUSEADDR: it finds its port free of what the gate has done there. On a network of their own Docker lets all users have all ports.
    [Fact]
    public async Task Wakes_InARow_EachFindASandboxAndAFreePort()
    {
        const int Wakes = 3;
        var (docker, podman) = (Container("Docker", "bridge", 80, tier: "Initialized"), Container("Podman", port: Engines.NextPort(), tier: "Initialized"));
        podman["Listen"] = new JsonArray($"http://*:{Listen + 1}");
        (docker["User"], docker["Environment"]) = ("1234:4321", new JsonObject { ["NO_REUSE"] = "1" });
        await StartAsync(("docker", docker), ("podman", podman));
        await Task.WhenAll(IsAsync("docker", "Initialized"), IsAsync("podman", "Initialized"));

        for (var wake = 0; wake < Wakes; wake++)
        {
            await Task.WhenAll(GetAsync(), GetAsync(port: Listen + 1));
            await Task.WhenAll(SleepAsync("docker", "Initialized"), SleepAsync("podman", "Initialized"));
        }

        foreach (var function in (string[])["docker", "podman"])
        {
            var starts = await Gateway.ColdStartsAsync(function);
            output.WriteLine($"{function}: ready after {string.Join(", ", starts.Select(start => start.Phases["ready"] / 1000.0))} ms");
            Assert.Equal(Enumerable.Repeat("Initialized", Wakes), starts.Select(start => start.Tier));
            Assert.All(starts, start => Assert.Equal("Served", start.Outcome));
        }
    }

    [Fact]
    public async Task Others_WhoConnect_DoNotOpenTheGateNorKeepTheGatewayOut()
    {
        var function = Container("Docker", tier: "Initialized");
        function["Environment"] = new JsonObject { ["NO_REUSE"] = "1" };
        await StartAsync(("hello", function));
        await BecomesAsync("Initialized");
        var gate = new IPEndPoint(IPAddress.Loopback, Port);

        // More of them than the gate holds, and of each kind.
        Socket[] silent = [.. (await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ConnectAsync()))).OfType<Socket>()];
        foreach (var said in (byte[][])[new byte[Secret], new byte[Secret - 1], new byte[Secret + 1], Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"), []])
        {
            using var socket = await ConnectAsync();
            if (socket is not null)
            {
                await socket.SendAsync(said);
                socket.Shutdown(SocketShutdown.Send);
                await AssertResetAsync(socket);
            }
        }

        Assert.Equal("Initialized", (await FunctionAsync()).State);
        await GetAsync();

        Assert.Equal("Initialized", Assert.Single(await Gateway.ColdStartsAsync("hello")).Tier);
        foreach (var socket in silent)
        {
            await AssertResetAsync(socket);
            socket.Dispose();
        }

        // A connection that is one too many may be reset before it is known here.
        async Task<Socket?> ConnectAsync()
        {
            try
            {
                return await Engines.Space.ConnectAsync(gate);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
            {
                return null;
            }
        }
    }

    [Theory]
    [InlineData("Docker")]
    [InLongRuns("Podman")]
    public async Task Gateway_KilledWhileAGateWaitsAndAfter_TheNextKnowsWhichItIsAndTheProgramGetsRequestsOnly(string runtime)
    {
        await Engines.ImportAsync(runtime, Busybox, ["/bin/sh", "-c", "exec busybox nc -ll -p $PORT -e /bin/sh -c \"$0\"", Listener]);
        var function = Container(runtime, tier: "Initialized");
        function["Image"] = Busybox;
        await StartAsync(("hello", function));
        await BecomesAsync("Initialized");
        var container = await ContainerAsync(runtime, "running");
        await EndAsync(kill: true);

        await StartAsync(("hello", (JsonObject)function.DeepClone()));
        await BecomesAsync("Initialized");
        Assert.Equal(container, await ContainerAsync(runtime));
        await GetAsync("/first");
        Assert.Equal("Initialized", Assert.Single(await Gateway.ColdStartsAsync("hello")).Tier);
        await EndAsync(kill: true);

        await StartAsync(("hello", (JsonObject)function.DeepClone()));
        await BecomesAsync("Running");
        Assert.Equal(container, await ContainerAsync(runtime));
        Assert.Equal("[GET /first HTTP/1.1]\n[GET /second HTTP/1.1]", await AskAsync(Listen, "/second"));
        Assert.Empty(await Gateway.ColdStartsAsync("hello"));
    }

    [Theory]
    [InLongRuns("Docker")]
    [InLongRuns("Podman")]
    public async Task Container_StartedByHand_RunsItsProgram(string runtime)
    {
        await StartAsync(("hello", Container(runtime, tier: "Initialized")));
        await BecomesAsync("Initialized");
        await SleepAsync("hello", "Stopped");
        await BecomesAsync("Stopped");

        await Engines.RunAsync(runtime, "start", await ContainerAsync(runtime));

        await BecomesAsync("Running");
        await GetAsync();
    }

    [Fact]
    public async Task Containers_ThatCanHaveNoGate_AreToldAndGoOnWithout()
    {
        await Engines.ImportAsync("Docker", Occupied, ["/bin/busybox", "httpd", "-f", "-p", "8080"], new Dictionary<string, string> { ["/.headstart"] = "/bin/busybox" });
        var (readOnly, occupied, low) = (Container("Docker", "bridge", 8080, tier: "Initialized"), Container("Docker", "bridge", 8080, tier: "Initialized"), Container("Docker", port: 80, tier: "Initialized"));
        readOnly["ReadOnly"] = true;
        (occupied["Image"], occupied["Listen"]) = (Occupied, new JsonArray($"http://*:{Listen + 1}"));
        (low["User"], low["Listen"]) = ("1234:4321", new JsonArray($"http://*:{Listen + 2}"));

        await StartAsync(("readonly", readOnly), ("occupied", occupied), ("low", low));

        await ToldAsync("readonly", $"ReadOnly is true, and on the engine at tcp://127.0.0.1:18375/, which is reached over the network, the gate is a file in the container's root");
        await ToldAsync("occupied", "the engine takes no container with a gate (");
        await ToldAsync("low", "the gate in its container ended with exit code 126; its last words: exec: \"80\": the container's user may not listen on this port");
        await GetAsync();
        await GetAsync("/bin/busybox", Listen + 1);
        foreach (var function in (string[])["readonly", "occupied"])
        {
            Assert.Equal("Stopped", Assert.Single(await Gateway.ColdStartsAsync(function)).Tier);
        }
    }

    private static async Task AssertResetAsync(Socket socket) => Assert.Equal(
        SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience))).SocketErrorCode);

    private async Task ToldAsync(string function, string why) => await Gateway.WaitForLogAsync(
        line => line.Contains($"Function {function} has no tier Initialized, and goes on without: {why}", StringComparison.Ordinal), Patience);

    private async Task SleepAsync(string function, string tier)
    {
        using var answer = await Gateway.Admin.PostAsync(new Uri($"/api/functions/{function}/sleep?tier={tier}", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
    }
}
