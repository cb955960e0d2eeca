using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>SIGHUP: what the gateway makes of it and tells its service manager, and what it makes of a terminal that is closed.</summary>
[SideBySide]
public sealed class HangUpTests : IAsyncDisposable
{
    private const int One = 8081, Two = 8082;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private readonly LabDirectory _root = LabDirectory.Create("hangup");
    private readonly LabDirectory _elsewhere = LabDirectory.Create("elsewhere");
    private readonly SocketStore _manager = new();

    public HangUpTests() => File.CreateSymbolicLink(_root.File("appsettings.json"), Settings);

    // Nothing tells the gateway of changes where its link leads to, so that whatever it makes of them comes of the signal.
    private string Settings => _elsewhere.File("settings.json");

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        _manager.Dispose();
        _elsewhere.Dispose();
        _root.Dispose();
        _space.Dispose();
    }

    [Fact]
    public async Task HangUp_ReadsTheFileAgain_AndTellsTheManagerWhenItIsDone()
    {
        var settings = await SettingsAsync(One);
        await using var gateway = await StartAsync(settings);
        Assert.Equal(["READY=1", "STATUS=1 function, 0 running"], _manager.Said);
        Assert.Equal(200, await StatusAsync(One));
        await Eventually.True(() => _manager.Said[^1] == "STATUS=1 function, 1 running");

        var before = _manager.Said.Count;
        File.WriteAllText(Settings, (await SettingsAsync(One, Two)).ToJsonString());
        await HangUpAsync(gateway);

        await gateway.WaitForLogAsync(line => line.Contains("SIGHUP: the configuration was read again; it is in use.", StringComparison.Ordinal), Patience);
        Assert.Equal(200, await StatusAsync(Two));
        await Eventually.True(() => _manager.Said.Skip(before).Contains("READY=1"));
        var said = _manager.Said.Skip(before).Where(static line => !line.StartsWith("STATUS=", StringComparison.Ordinal)).ToArray();
        Assert.Equal("RELOADING=1", said[0]);
        Assert.StartsWith("MONOTONIC_USEC=", said[1], StringComparison.Ordinal);
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(double.Parse(said[1].Split('=')[1], CultureInfo.InvariantCulture) / 1e6, uptime - 60, uptime);
        Assert.Equal(["READY=1"], said[2..]);

        Assert.Equal(0, await gateway.StopAsync(Patience));
        await Eventually.True(() => _manager.Said.Contains("STOPPING=1"));
    }

    [Theory]
    [InlineData("{ \"Gateway\": { \"Functoins\": {} } }", "unknown key")]
    [InlineData("{ \"Gateway\": ", "appsettings.json")]
    public async Task HangUp_OfAFileThatIsWrong_TellsSoEachTimeAndKeepsWhatIsInUse(string wrong, string sentence)
    {
        var settings = await SettingsAsync(One);
        await using var gateway = await StartAsync(settings);

        File.WriteAllText(Settings, wrong);
        for (var time = 1; time <= 2; time++)
        {
            await HangUpAsync(gateway);
            await Eventually.True(() => gateway.Log.Count(static line => line.Contains("it is wrong, and the one before stays in use", StringComparison.Ordinal)) == time);
            Assert.Equal(time, gateway.Log.Count(static line => line.Contains("The last good configuration stays in use.", StringComparison.Ordinal)));
        }

        Assert.Contains(gateway.Log, line => line.Contains(sentence, StringComparison.Ordinal));
        Assert.EndsWith("; a new configuration is not in use, and the log says why", _manager.Said[^1], StringComparison.Ordinal);
        Assert.Equal(200, await StatusAsync(One));

        File.WriteAllText(Settings, settings.ToJsonString());
        await HangUpAsync(gateway);
        await gateway.WaitForLogAsync(line => line.Contains("it says what is in use", StringComparison.Ordinal), Patience);
        await Eventually.True(() => _manager.Said[^1] == "STATUS=1 function, 1 running");
    }

    [Fact]
    public async Task Manager_ThatDoesNotRead_KeepsNobodyWaiting_AndIsToldAllOnceItDoes()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_elsewhere.File("notify")));
        using var full = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        full.Connect(new UnixDomainSocketEndPoint(_elsewhere.File("notify")));
        var error = SocketError.Success;
        while (error == SocketError.Success)
        {
            full.Send("FULL=1"u8, SocketFlags.None, out error);
        }

        Assert.Equal(SocketError.WouldBlock, error);
        var settings = await SettingsAsync(One, Two);
        await using var gateway = await StartAsync(settings, _elsewhere.File("notify"));
        Assert.Equal(200, await StatusAsync(One));
        // By then the line with one function that runs is due (ServiceStatus.Pause). Nothing tells from outside that it could not be sent.
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        Assert.Equal(200, await StatusAsync(Two));
        await HangUpAsync(gateway);
        await gateway.WaitForLogAsync(static line => line.Contains("it says what is in use", StringComparison.Ordinal), Patience);

        var said = new List<string>();
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        while (!(said.Contains("RELOADING=1") && said[^1] == "STATUS=2 functions, 2 running"))
        {
            var text = new byte[4096];
            said.AddRange(Encoding.ASCII.GetString(text, 0, socket.Receive(text)).Split('\n'));
        }

        Assert.Equal(["READY=1", "RELOADING=1", "READY=1"], said.Where(static line => line is "READY=1" or "RELOADING=1"));
        Assert.Equal(0, await gateway.StopAsync(Patience));
    }

    [Fact]
    public async Task Terminal_ThatIsClosed_EndsTheGatewayAndItsFunctions()
    {
        File.WriteAllText(Settings, (await SettingsAsync(One)).ToJsonString());
        var command = GatewayProcess.CommandOf(["--contentRoot", _root.Path], _space);
        await using var terminal = LabProcess.Start(command with
        {
            FileName = "script",
            Arguments = ["--quiet", "--flush", "--command", $"echo pid $$; exec {string.Join(' ', [command.FileName, .. command.Arguments])}", "/dev/null"],
            Environment = new Dictionary<string, string?> { ["SHELL"] = "/bin/sh" },
        });
        var gateway = (await terminal.WaitForLineAsync(static line => line.StartsWith("pid ", StringComparison.Ordinal), Patience))[4..].Trim();
        await terminal.WaitForLineAsync(static line => line.Contains("Ready: ", StringComparison.Ordinal), Patience);
        var function = await InstanceAsync(One);

        terminal.Kill();

        await Eventually.True(() => !Directory.Exists($"/proc/{gateway}") && !Directory.Exists($"/proc/{function}"));
    }

    private async Task<GatewayProcess> StartAsync(JsonObject settings, string? manager = null)
    {
        File.WriteAllText(Settings, settings.ToJsonString());
        return await GatewayProcess.StartAsync(new()
        {
            Namespace = _space,
            Settings = settings,
            ContentRoot = _root.Path,
            Environment = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = manager ?? _manager.Address },
        });
    }

    private static async Task HangUpAsync(GatewayProcess gateway) =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = "kill", Arguments = ["-HUP", gateway.ProcessId.ToString(CultureInfo.InvariantCulture)] })).ThrowIfFailed();

    private static async Task<JsonObject> SettingsAsync(params int[] ports)
    {
        var functions = new JsonObject();
        foreach (var port in ports)
        {
            functions[$"f{port}"] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray(await HelloSample.BuildAsync()), ["Listen"] = new JsonArray($"http://*:{port}") };
        }

        return new JsonObject { ["Gateway"] = new JsonObject { ["State"] = new JsonObject { ["Path"] = "" }, ["Ebpf"] = new JsonObject { ["Mode"] = "Off" }, ["Functions"] = functions } };
    }

    private async Task<int> StatusAsync(int port)
    {
        using var client = _space.CreateHttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
        return (int)answer.StatusCode;
    }

    private async Task<string> InstanceAsync(int port)
    {
        using var client = _space.CreateHttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
        return answer.Headers.GetValues("X-Instance").Single().Split('-')[0];
    }
}
