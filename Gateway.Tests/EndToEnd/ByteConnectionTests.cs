using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Functions of bytes by raw connections and by real clients, through a gateway to which the kernel steers.</summary>
[SideBySide]
public sealed class ByteConnectionTests : IAsyncLifetime
{
    private const int Plain = 7001, Greeting = 7002, Broken = 7003, Proxied = 7004, Slow = 7005, Silent = 7006, Tls = 7443;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LabCertificates _certificates = new();
    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private readonly CancellationTokenSource _limit = new(Patience);
    private JsonObject _settings = null!;
    private GatewayProcess _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        var certificate = _certificates.Issue("one.example", "two.example");
        var settings = JsonNode.Parse("""{ "Gateway": { "Functions": {} } }""")!.AsObject();
        var functions = settings["Gateway"]!["Functions"]!.AsObject();
        functions["plain"] = Function(Plain);
        functions["greeting"] = Function(Greeting, "220 ready\r\n");
        functions["proxied"] = Function(Proxied);
        functions["slow"] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray("/bin/sleep", "60"), ["Listen"] = new JsonArray($"tcp://*:{Slow}"), ["WakeOn"] = "Request" };
        functions["proxied"]!["SendProxyProtocol"] = true;
        // The other version is all clients', and has no address of its own to write the header at.
        functions["proxied"]!["Split"] = new JsonArray(new JsonObject { ["Function"] = "version", ["Percent"] = 100 });
        functions["version"] = Function(port: null);
        functions["silent"] = Function(Silent);
        functions["silent"]!["ActivityTimeout"] = "00:00:01";
        functions["broken"] = new JsonObject { ["Runtime"] = "Process", ["Command"] = new JsonArray("/bin/false"), ["Listen"] = new JsonArray($"tcp://*:{Broken}") };
        foreach (var (name, port) in (ReadOnlySpan<(string, int)>)[("one", 9441), ("two", 9442)])
        {
            functions[name] = new JsonObject
            {
                ["Runtime"] = "Process",
                ["Command"] = new JsonArray("openssl", "s_server", "-accept", $"{port}", "-cert", certificate.CertificatePath, "-key", certificate.KeyPath, "-alpn", name == "one" ? "h2" : "http/1.1", "-www"),
                ["Port"] = port,
                ["Listen"] = new JsonArray($"tls://*:{Tls}"),
                ["Sni"] = new JsonArray(name == "one" ? "one.example" : "*.two.example"),
            };
        }

        _settings = settings;
        _gateway = await GatewayProcess.StartAsync(new() { Namespace = _space, Settings = settings });
    }

    [Fact]
    public async Task Connection_ToAFunctionAtRest_IsHeld_AndBothDirectionsEndAlone()
    {
        using var socket = await ConnectAsync(Plain);
        await SendAsync(socket, "early");
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("early\ngot 5", await AllAsync(socket));

        var cold = Assert.Single(await _gateway.ColdStartsAsync("plain"));
        Assert.Equal("Served", $"{cold.Outcome}");
        Assert.Contains("gateway_tcp_connections_total{function=\"plain\"} 1", await _gateway.Admin.GetStringAsync("/metrics", _limit.Token), StringComparison.Ordinal);

        // The program ends its direction, and still gets what comes.
        using var other = await ConnectAsync(Plain);
        await SendAsync(other, "FIN");
        Assert.Equal("", await AllAsync(other));
        await SendAsync(other, "more");
        other.Shutdown(SocketShutdown.Send);
        await Eventually.True(async () => (await StatusAsync("plain")).InFlight == 0);
    }

    [Fact]
    public async Task Server_ThatSpeaksFirst_IsHeard_AndAResetIsPassedOn()
    {
        using var socket = await ConnectAsync(Greeting);
        Assert.Equal("220 ready\r\n", await SomeAsync(socket));
        await SendAsync(socket, "QUIT");
        Assert.Equal("QUIT", await SomeAsync(socket));
        await SendAsync(socket, "RST");
        var error = await Assert.ThrowsAsync<SocketException>(() => SomeAsync(socket));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);

        // A client's reset ends its use at once.
        var left = await ConnectAsync(Greeting);
        Assert.Equal("220 ready\r\n", await SomeAsync(left));
        await Eventually.True(async () => (await StatusAsync("greeting")).InFlight == 1);
        left.Close(timeout: 0);
        await Eventually.True(async () => (await StatusAsync("greeting")).InFlight == 0);
    }

    [Fact]
    public async Task Function_RestsOnlyWhenTheLastConnectionIsClosed()
    {
        using var socket = await ConnectAsync(Plain);
        await SendAsync(socket, "a");
        Assert.Equal("a", await SomeAsync(socket));
        var rest = _gateway.Admin.PostAsync("/api/functions/plain/sleep", content: null, _limit.Token);
        await SendAsync(socket, "b");
        Assert.Equal("b", await SomeAsync(socket));
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("\ngot 2", await AllAsync(socket));
        (await rest).EnsureSuccessStatusCode();
        Assert.Equal("Stopped", (await StatusAsync("plain")).State.ToString());
    }

    [Fact]
    public async Task Start_ThatFails_ResetsTheConnection()
    {
        using var socket = await ConnectAsync(Broken);
        await SendAsync(socket, "hello");
        var error = await Assert.ThrowsAsync<SocketException>(() => SomeAsync(socket));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await _gateway.WaitForLogAsync(line => line.Contains("broken: a connection could not be passed on", StringComparison.Ordinal), Patience);
    }

    // The client reads when the program is gone, and what the gateway has not passed on yet is more than the client's buffers take.
    [Fact]
    public async Task Program_ThatWritesAndExits_IsHeardToItsEnd()
    {
        using var socket = await ConnectAsync(Plain, receiveBuffer: 4096);
        await SendAsync(socket, "a");
        Assert.Equal("a", await SomeAsync(socket));
        await SendAsync(socket, "BYE");
        await _gateway.WaitForLogAsync(line => line.Contains("plain: ", StringComparison.Ordinal) && line.Contains("ended by itself", StringComparison.Ordinal), Patience);

        Assert.Equal(200_000, (await AllAsync(socket)).Length);
        await Eventually.True(async () => (await StatusAsync("plain")).InFlight == 0);
    }

    // The drain of a sleep takes 25 s.
    [LongFact]
    public async Task Program_ThatIsAskedToEnd_SaysItsLastWords_AndOneThatIsFrozenLeavesNobodyWaiting()
    {
        using var socket = await ConnectAsync(Plain);
        await SendAsync(socket, "a");
        Assert.Equal("a", await SomeAsync(socket));
        using var other = await ConnectAsync(Greeting);
        Assert.Equal("220 ready\r\n", await SomeAsync(other));
        var rests = (Task<HttpResponseMessage>[])[.. new[] { "plain/sleep", "greeting/sleep?tier=Paused" }.Select(path => _gateway.Admin.PostAsync($"/api/functions/{path}", content: null, _limit.Token))];

        Assert.Equal("terminating\n", await AllAsync(socket));
        var error = await Assert.ThrowsAsync<SocketException>(() => SomeAsync(other));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Assert.All(await Task.WhenAll(rests), rest => rest.EnsureSuccessStatusCode());
        Assert.Equal(("Stopped", "Paused"), ((await StatusAsync("plain")).State.ToString(), (await StatusAsync("greeting")).State.ToString()));
    }

    [Fact]
    public async Task ActivityTimeout_ResetsWhatIsSilent_AndNothingThatIsNot()
    {
        using var talking = await ConnectAsync(Silent);
        using var silent = await ConnectAsync(Silent);
        await SendAsync(silent, "a");
        Assert.Equal("a", await SomeAsync(silent));
        var end = Assert.ThrowsAsync<SocketException>(() => SomeAsync(silent));
        for (var words = 0; !end.IsCompleted; words++)
        {
            await SendAsync(talking, "b");
            Assert.Equal("b", await SomeAsync(talking));
            // A word every tenth of its time.
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _limit.Token));
        }

        Assert.Equal(SocketError.ConnectionReset, (await end).SocketErrorCode);
        await SendAsync(talking, "c");
        Assert.Equal("c", await SomeAsync(talking));
    }

    // A monitor's connect wakes it once, as on addresses for HTTP.
    [Fact]
    public async Task Connect_WithoutAByte_WakesOnceInVain()
    {
        for (var times = 1; times <= 3; times++)
        {
            (await ConnectAsync(Plain)).Dispose();
            var seen = times;
            await Eventually.True(async () => (await _gateway.MetricsAsync()).Sum("gateway_connections_accepted_total").Equals(seen) && (await StatusAsync("plain")).InFlight == 0);
            await Eventually.True(async () =>
            {
                // A start that is under way is left alone.
                (await _gateway.Admin.PostAsync("/api/functions/plain/sleep", content: null, _limit.Token)).EnsureSuccessStatusCode();
                return (await StatusAsync("plain")).State.ToString() == "Stopped";
            });
        }

        Assert.InRange((await _gateway.ColdStartsAsync("plain")).Count, 0, 1);
        using var socket = await ConnectAsync(Plain);
        await SendAsync(socket, "a");
        Assert.Equal("a", await SomeAsync(socket));
    }

    // A browser's ClientHello comes in two segments; a hostile one comes byte by byte.
    [Fact]
    public async Task Sni_OfAHelloInManySegments_IsFound()
    {
        await using var torn = new TornStream(await ConnectAsync(Tls));
        await using var tls = new SslStream(torn, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "one.example", ApplicationProtocols = [SslApplicationProtocol.Http2] }, _limit.Token);
        Assert.Equal(SslApplicationProtocol.Http2, tls.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task Client_ThatLeavesWhileItWaits_IsNotWaitedFor()
    {
        using (await ConnectAsync(Slow))
        {
            await Eventually.True(async () => (await _gateway.MetricsAsync()).Sum("gateway_held_requests", ("function", "slow")).Equals(1));
        }

        await Eventually.True(async () => (await _gateway.MetricsAsync()).Sum("gateway_held_requests", ("function", "slow")).Equals(0));
        Assert.Equal("Starting", (await StatusAsync("slow")).State.ToString());
    }

    // Whoever has the connection keeps it; the address is the new function's.
    [Fact]
    public async Task Reload_GivesTheAddressToAnotherFunction_AndTheOpenConnectionGoesOn()
    {
        using var before = await ConnectAsync(Plain);
        await SendAsync(before, "a");
        Assert.Equal("a", await SomeAsync(before));
        var settings = (JsonObject)_settings.DeepClone();
        settings["Gateway"]!["Functions"]!.AsObject().Remove("plain");
        settings["Gateway"]!["Functions"]!["next"] = Function(Plain, "next\n");
        _gateway.UpdateSettings(settings);
        await Eventually.True(async () => (await _gateway.FunctionsAsync(_limit.Token)).Any(function => function.Name == "next"));

        await Eventually.True(async () =>
        {
            using var after = await ConnectAsync(Plain);
            await SendAsync(after, "x");
            return await SomeAsync(after) == "next\n";
        });
        await SendAsync(before, "b");
        Assert.Equal("b", await SomeAsync(before));
    }

    [Fact]
    public async Task SendProxyProtocol_BeginsWithTheClient()
    {
        using var socket = await ConnectAsync(Proxied);
        var from = (IPEndPoint)socket.LocalEndPoint!;
        Assert.Empty(await _gateway.ColdStartsAsync("proxied"));
        await SendAsync(socket, "x");
        socket.Shutdown(SocketShutdown.Send);
        var bytes = Encoding.Latin1.GetBytes(await AllAsync(socket));
        Assert.Equal("\r\n\r\n\0\r\nQUIT\n"u8, bytes.AsSpan(0, 12));
        Assert.Equal([0x21, 0x11, 0, 12, 127, 0, 0, 1, 127, 0, 0, 1, (byte)(from.Port >> 8), (byte)from.Port, Proxied >> 8, Proxied & 255, (byte)'x'], bytes[12..29]);
    }

    [Fact]
    public async Task Tls_IsPassedOnByServerName_AndAnUnknownNameGetsAnAlert()
    {
        var one = await ClientAsync("one.example");
        Assert.Contains("ALPN protocol: h2", one, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: http/1.1", await ClientAsync("www.two.example"), StringComparison.Ordinal);
        Assert.Contains("unrecognized name", await ClientAsync("three.example"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(await _gateway.ColdStartsAsync("one"), cold => $"{cold.Signal}" == "ClientHello");
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        _space.Dispose();
        _certificates.Dispose();
        _limit.Dispose();
    }

    private static JsonObject Function(int? port, params string[] arguments)
    {
        var program = LabExecutable.Command(["tcp", .. arguments]);
        return new JsonObject
        {
            ["Runtime"] = "Process",
            ["Command"] = new JsonArray([.. program.Arguments.Prepend(program.FileName).Select(word => JsonValue.Create(word))]),
            ["Listen"] = port is null ? [] : new JsonArray($"tcp://*:{port}"),
            ["Idle"] = new JsonObject { ["Tier"] = "Stopped" },
        };
    }

    private async Task<string> ClientAsync(string name)
    {
        var result = await _space.ExecuteAsync("sh", "-c", $"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 20 openssl s_client -connect 127.0.0.1:{Tls} -servername {name} -alpn h2,http/1.1 2>&1; true");
        return $"{result.Output}";
    }

    private async Task<FunctionStatus> StatusAsync(string name) => (await _gateway.FunctionsAsync(_limit.Token)).Single(function => function.Name == name);

    private async Task<Socket> ConnectAsync(int port, int receiveBuffer)
    {
        var socket = await ConnectAsync(port);
        socket.ReceiveBufferSize = receiveBuffer;
        return socket;
    }

    private Task<Socket> ConnectAsync(int port) => _space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), _limit.Token);

    private ValueTask<int> SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.Latin1.GetBytes(text), _limit.Token);

    private async Task<string> SomeAsync(Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.Latin1.GetString(buffer, 0, await socket.ReceiveAsync(buffer, _limit.Token));
    }

    private async Task<string> AllAsync(Socket socket)
    {
        var all = new StringBuilder();
        while (await SomeAsync(socket) is { Length: > 0 } some)
        {
            all.Append(some);
        }

        return all.ToString();
    }

    /// <summary>Sends each few bytes in a segment of their own.</summary>
    private sealed class TornStream : NetworkStream
    {
        private const int Piece = 7;

        public TornStream(Socket socket)
            : base(socket, ownsSocket: true) => socket.NoDelay = true;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (; buffer.Length > Piece; buffer = buffer[Piece..])
            {
                await base.WriteAsync(buffer[..Piece], cancellationToken);
            }

            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
