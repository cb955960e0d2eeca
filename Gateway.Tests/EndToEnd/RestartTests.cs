using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Restart;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Restarts of the gateway while clients connect: nobody is refused, nobody is left without an answer, and programs go on.</summary>
[SideBySide]
public sealed class RestartTests(ITestOutputHelper output)
{
    private const int PerSecond = 50;
    private const int ColdPort = 8082;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly (int, bool)[] Targets = [(Edge.HttpPort, false), (Edge.HttpsPort, true), (Edge.SharedPort, true), (ColdPort, false)];

    // Without eBPF nothing is steered: each address is a socket of its own.
    [Theory]
    [InlineData("Auto")]
    [InLongRuns("Off")]
    public async Task TakeOver_UnderNewConnections_RefusesAndLosesNone(string ebpf)
    {
        await using var edge = await StartAsync(ebpf);
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var (instance, pids) = await RunningAsync(edge);
        await using var clients = new NewConnections(edge, PerSecond, Targets);
        await Eventually.True(() => clients.Answered > PerSecond);

        await using var first = edge.Gateway;
        var before = first;
        for (var round = 0; round < Rounds; round++)
        {
            before = edge.Follow(edge.LaunchNext("--Gateway:Restart:TakeOver=true"));
            await WaitUntilReadyAsync(edge.Gateway);
            Assert.Equal(0, await before.Exited.WaitAsync(Patience, TimeProvider.System));
        }

        var answered = clients.Answered;
        await Eventually.True(() => clients.Answered > answered + PerSecond);
        await EndAsync(clients);

        Assert.True(clients.Lost.Count == 0, string.Join('\n', [.. clients.Lost, .. before.Log.TakeLast(20), "---", .. edge.Gateway.Log.TakeLast(20)]));
        Assert.Equal((instance, string.Join(' ', pids)), (await RunningAsync(edge) is var (now, its) ? now : "", string.Join(' ', its)));
    }

    [LongFact]
    public async Task StopAndStart_WithKeep_RefusesAndLosesNone()
    {
        await using var edge = await StartAsync("Auto", keep: TimeSpan.FromSeconds(30));
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var (instance, pids) = await RunningAsync(edge);
        await using var clients = new NewConnections(edge, PerSecond, Targets);
        await Eventually.True(() => clients.Answered > PerSecond);

        Assert.Equal(0, await edge.Gateway.StopAsync(Patience));
        await using var before = edge.Follow(edge.LaunchNext());
        await WaitUntilReadyAsync(edge.Gateway);
        var answered = clients.Answered;
        await Eventually.True(() => clients.Answered > answered + PerSecond);
        await EndAsync(clients);

        Assert.True(clients.Lost.Count == 0, string.Join('\n', [.. clients.Lost, .. before.Log.TakeLast(20), "---", .. edge.Gateway.Log.TakeLast(20)]));
        Assert.Equal((instance, string.Join(' ', pids)), (await RunningAsync(edge) is var (now, its) ? now : "", string.Join(' ', its)));

        // What one gateway gave ends with the next one, however that ends.
        await edge.Gateway.KillAsync();
        await Eventually.True(() => pids.All(pid => !Directory.Exists($"/proc/{pid}")));
    }

    [Fact]
    public async Task StopAndStart_ByAServiceManagerThatKeepsSockets_RefusesAndLosesNone()
    {
        await using var edge = await StartAsync("Auto", keep: TimeSpan.FromSeconds(30));
        using var store = new SocketStore();
        var managed = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = store.Address };
        await using var first = edge.Follow(edge.LaunchNext(options => options with { Environment = managed, Arguments = ["--Gateway:Restart:TakeOver=true"] }));
        await WaitUntilReadyAsync(edge.Gateway);
        await first.Exited.WaitAsync(Patience, TimeProvider.System);
        await using var clients = new NewConnections(edge, PerSecond, Targets);
        await Eventually.True(() => clients.Answered > PerSecond);

        Assert.Equal(0, await edge.Gateway.StopAsync(Patience));
        // Two that are steered to, the shared address, the admin endpoint, and the link that steers.
        Assert.Equal(["headstart-Plain", "headstart-Tls", "headstart-steering", "listen", "listen"], store.Read().Order(StringComparer.Ordinal));
        var program = store.ProgramOf(LabExecutable.DotnetPath, Path.Combine(AppContext.BaseDirectory, "Gateway.dll"), out var copies);
        await using var before = edge.Follow(edge.LaunchNext(options => options with { Environment = managed, Program = program }));
        await WaitUntilReadyAsync(edge.Gateway);
        foreach (var copy in copies)
        {
            copy.Dispose();
        }

        var answered = clients.Answered;
        await Eventually.True(() => clients.Answered > answered + PerSecond);
        await EndAsync(clients);
        Assert.True(clients.Lost.Count == 0, string.Join('\n', [.. clients.Lost, .. before.Log.TakeLast(20), "---", .. edge.Gateway.Log.TakeLast(20)]));
        Assert.Empty(store.Read());
    }

    [Fact]
    public async Task Kept_WithoutANextGateway_EndsWhenTheTimeIsOver()
    {
        await using var edge = await StartAsync("Auto", keep: TimeSpan.FromSeconds(1));
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        var (_, pids) = await RunningAsync(edge);

        Assert.Equal(0, await edge.Gateway.StopAsync(Patience));

        var keeper = After(await edge.Gateway.WaitForLogAsync(line => line.Contains("are kept by process ", StringComparison.Ordinal), Patience), "are kept by process ");
        await Eventually.True(() => !Directory.Exists($"/proc/{keeper}") && pids.All(pid => !Directory.Exists($"/proc/{pid}")));
        Assert.Equal(7, (await edge.GetAsync(port: Edge.HttpPort)).ExitCode);
    }

    [Fact]
    public async Task TakeOver_ByOneThatCannotStart_LeavesTheOneBeforeServing()
    {
        await using var edge = await StartAsync("Auto");
        using var taken = edge.Network.Server.Listen(new(System.Net.IPAddress.Any, 8099));
        await using var clients = new NewConnections(edge, PerSecond, Targets);
        await Eventually.True(() => clients.Answered > 10);

        await using var next = edge.LaunchNext("--Gateway:Restart:TakeOver=true", "--Kestrel:Endpoints:other:Url=http://*:8099");

        Assert.Equal(2, await next.Exited.WaitAsync(Patience, TimeProvider.System));
        await edge.Gateway.WaitForLogAsync(line => line.Contains("this gateway goes on", StringComparison.Ordinal), Patience);
        var answered = clients.Answered;
        await Eventually.True(() => clients.Answered > answered + 10);
        await EndAsync(clients);
        Assert.Empty(clients.Lost);
    }

    // What meets the next gateway speaks the protocol and hands it a listening socket, in an answer that cannot be used. Whoever connects must not wait there for ever.
    [Theory]
    [InlineData(true)]
    [InLongRuns(false)]
    public async Task TakeOver_OfAnAnswerThatCannotBeUsed_StartsWithoutItAndHoldsNoneOfItsSockets(bool isHalf)
    {
        const int Given = 8097;
        await using var edge = await StartAsync("Auto");
        var meeting = (await File.ReadAllLinesAsync($"/proc/{edge.Gateway.ProcessId}/net/unix")).Select(static line => line.Split('@')[^1]).Single(static name => name.StartsWith("headstart/", StringComparison.Ordinal));
        Assert.Equal(0, await edge.Gateway.StopAsync(Patience));
        using var before = edge.Network.Server.Run(() =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint('\0' + meeting));
            socket.Listen();
            return socket;
        });
        await using var next = edge.LaunchNext("--Gateway:Restart:TakeOver=true");
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using (var asking = await before.AcceptAsync(limit.Token))
        using (var channel = new DescriptorChannel(asking))
        using (var given = edge.Network.Server.Listen(new(System.Net.IPAddress.Any, Given)))
        {
            Assert.Equal(FrameKind.Hello, channel.Receive()!.Kind);
            if (isHalf)
            {
                asking.Send(MemoryMarshal.AsBytes<uint>([DescriptorChannel.Protocol, (uint)FrameKind.Sockets, 2, 200]));
                channel.SendMessage([0], given.SafeHandle);
            }
            else
            {
                channel.Send(FrameKind.Sockets, """{"Names":["one","two"],"HasSteering":false}"""u8, given.SafeHandle);
            }
        }

        await WaitUntilReadyAsync(next);
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        Assert.Equal(7, (await edge.GetAsync(port: Given)).ExitCode);
    }

    [Fact]
    public async Task SecondGateway_NotToldToTakeOver_EndsAsWithAnyTakenAddress()
    {
        await using var edge = await StartAsync("Auto");

        await using var next = edge.LaunchNext();

        Assert.Equal(2, await next.Exited.WaitAsync(Patience, TimeProvider.System));
        Assert.Contains(next.Log, line => line.Contains("another program already listens", StringComparison.Ordinal));
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
    }

    [Fact]
    public async Task Stop_WithAConnectionWhoseRequestIsYetToCome_AnswersIt()
    {
        await using var edge = await StartAsync("Auto");
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();
        using var client = await edge.Network.Client.ConnectAsync(new(edge.Network.Link.Server.Address, Edge.HttpPort));
        // The gateway has accepted it once it answers one that came later.
        (await edge.GetAsync(port: Edge.HttpPort)).ThrowIfFailed();

        var ended = edge.Gateway.StopAsync(Patience);
        await Eventually.True(async () => (await edge.GetAsync(port: Edge.HttpPort)).ExitCode == 7);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: hello.example\r\n\r\n"u8.ToArray());
        var answer = new byte[64];
        var length = await client.ReceiveAsync(answer);

        Assert.StartsWith("HTTP/1.1 200", System.Text.Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
        Assert.Equal(0, await ended);
    }

    [Fact]
    public async Task Stop_WithAStreamThatNeverEnds_IsOverInTheTimeThatIsStated()
    {
        await using var edge = await StartAsync("Auto", drain: TimeSpan.FromSeconds(2));
        var stream = edge.GetAsync("/stream?n=100000&ms=100", Edge.HttpPort);
        await Eventually.True(async () => (await edge.Gateway.FunctionsAsync()).Single(function => function.Name == "hello").InFlight == 1);
        var (_, pids) = await RunningAsync(edge);
        var began = TimeProvider.System.GetTimestamp();

        Assert.Equal(0, await edge.Gateway.StopAsync(Patience));

        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2) + RestartOptions.EndOfPrograms + TimeSpan.FromSeconds(2));
        Assert.NotEqual(0, (await stream).ExitCode);
        await Eventually.True(() => pids.All(pid => !Directory.Exists($"/proc/{pid}")));
    }

    [Fact]
    public void WholeEnd_IsShorterThanWhatSupervisorsGive()
    {
        var whole = new RestartOptions().Drain + RestartOptions.EndOfPrograms;
        var unit = Seconds(File.ReadAllText(SourceTree.Path("deploy", "headstart.service")), "TimeoutStopSec=");
        var compose = Seconds(File.ReadAllText(SourceTree.Path("docker-compose.yml")), "stop_grace_period: ");

        // Connections that are cut, and the last writes, take a moment more.
        Assert.True(whole + TimeSpan.FromSeconds(3) < unit, $"{whole} of {unit}");
        Assert.True(whole + TimeSpan.FromSeconds(3) < compose, $"{whole} of {compose}");

        static TimeSpan Seconds(string text, string key) => TimeSpan.FromSeconds(int.Parse(After(text, key), CultureInfo.InvariantCulture));
    }

    private static async Task<Edge> StartAsync(string ebpf, TimeSpan keep = default, TimeSpan? drain = null)
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 20);
        var cold = (JsonObject)hello.DeepClone();
        cold["Listen"] = new JsonArray($"http://*:{ColdPort}");
        // Every fourth client, so each finds it stopped or stopping.
        cold["Idle"] = new JsonObject { ["After"] = "00:00:00.020", ["Tier"] = "Stopped" };
        var restart = new JsonObject { ["Keep"] = keep.ToString() };
        if (drain is { } time)
        {
            restart["Drain"] = time.ToString();
        }

        return await Edge.StartAsync(
            TimeSpan.FromMilliseconds(20),
            _ => new JsonObject { ["hello"] = hello, ["cold"] = cold },
            new JsonObject { ["Restart"] = restart, ["Ebpf"] = new JsonObject { ["Mode"] = ebpf }, ["Budget"] = new JsonObject { ["PerMinute"] = 100_000, ["PerFunctionPerMinute"] = 100_000 } });
    }

    private async Task EndAsync(NewConnections clients)
    {
        await clients.EndAsync();
        output.WriteLine($"{clients.Answered} answered, {clients.Lost.Count} lost, the slowest after {clients.Slowest.TotalMilliseconds:0} ms");
    }

    // In the long mode restarts follow each other for longer.
    private static int Rounds => LongRun.IsOn ? 20 : 1;

    private static async Task WaitUntilReadyAsync(GatewayProcess gateway) =>
        await gateway.WaitForLogAsync(line => line.Contains("Ready: ", StringComparison.Ordinal), Patience);

    // The instance of the function that stays warm, and the processes in its cgroup.
    private static async Task<(string Instance, string[] Pids)> RunningAsync(Edge edge)
    {
        var instance = Assert.Single((await edge.Gateway.FunctionsAsync()).Single(function => function.Name == "hello").Instances).GetProperty("id").GetString()!;
        var directory = Assert.Single(Directory.GetDirectories(Cgroup.FindRoot(), "headstart-*").SelectMany(parent => Directory.GetDirectories(parent, instance)));
        return (instance, await File.ReadAllLinesAsync(Path.Combine(directory, "cgroup.procs")));
    }

    // The digits after a text.
    private static string After(string text, string before) => new([.. text[(text.IndexOf(before, StringComparison.Ordinal) + before.Length)..].TakeWhile(char.IsAsciiDigit)]);
}
