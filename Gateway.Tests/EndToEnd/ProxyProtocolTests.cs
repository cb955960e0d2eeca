using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Tests.Listening;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Clients behind a load balancer that speaks the PROXY protocol, by raw connections to a gateway that the kernel steers to.</summary>
[SideBySide]
public sealed class ProxyProtocolTests : IAsyncLifetime
{
    private const string Balancer = "127.0.0.9";
    private const string Head = "GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
    private const int Https = 8443;
    private const int ListenHttps = 8444;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LabCertificates _certificates = new();
    private EchoFunction _echo = null!;

    public async ValueTask InitializeAsync()
    {
        var certificate = _certificates.Issue("a.example");
        _echo = await EchoFunction.StartAsync(
            new JsonObject { ["Listen"] = new JsonArray($"http://*:{EchoFunction.Listen}", $"https://*:{ListenHttps}"), ["WakeOn"] = "ClientHello" },
            more: settings =>
            {
                settings["Gateway"]!["Ebpf"]!["Mode"] = "Auto";
                settings["Gateway"]!["ProxyProtocol"] = new JsonObject { ["From"] = new JsonArray($"{Balancer}/32", "2001:db8::/32"), ["Timeout"] = "00:00:01" };
                settings["Kestrel"]!["Certificates"] = new JsonObject { ["Default"] = new JsonObject { ["Path"] = certificate.CertificatePath, ["KeyPath"] = certificate.KeyPath } };
                settings["Kestrel"]!["Endpoints"]!["tls"] = new JsonObject { ["Url"] = $"https://*:{Https}" };
                settings["ReverseProxy"]!["Routes"]!["echo"]!["Match"]!["Hosts"] = new JsonArray("a.example");
            });
    }

    [Fact]
    public async Task Header_OfBothVersions_NamesTheClient_OnEveryKindOfAddress()
    {
        var six = ProxyHeaderTests.Binary(0x21, 0x21, [.. IPAddress.Parse("2001:db8::7").GetAddressBytes(), .. new byte[16], 0x1f, 0x90, 1, 0xbb, 4, 0, 2, 7, 7]);
        foreach (var port in (int[])[EchoFunction.Shared, EchoFunction.Listen])
        {
            Assert.Equal("192.0.2.44", Client(await SendAsync(port, "PROXY TCP4 192.0.2.44 203.0.113.9 56324 80\r\n"u8)));
            Assert.Equal("2001:db8::7", Client(await SendAsync(port, six)).Trim('"', '[', ']'));
            // The balancer's own requests: a health check, and a client that it does not know.
            Assert.Equal(Balancer, Client(await SendAsync(port, ProxyHeaderTests.Binary(0x20, 0, []))));
            Assert.Equal(Balancer, Client(await SendAsync(port, "PROXY UNKNOWN\r\n"u8)));
        }

        // Nobody else needs the header, or may have it.
        Assert.Equal("127.0.0.1", Client(await _echo.SendAsync(Head, EchoFunction.Shared)));
        Assert.StartsWith("HTTP/1.1 400", await _echo.SendAsync("PROXY TCP4 192.0.2.44 203.0.113.9 56324 80\r\n" + Head, EchoFunction.Shared), StringComparison.Ordinal);

        // The header comes in pieces, and HTTP/2 without TLS behind it.
        Assert.Equal("192.0.2.44", Client(await SendAsync(EchoFunction.Shared, "PROXY TCP4 192.0.2.44 203.0.113.9 56324 80\r\n"u8, piece: 7)));
        var http2 = await Curl("--haproxy-protocol", "--http2-prior-knowledge", $"http://a.example:{EchoFunction.Shared}/");
        Assert.Equal(Balancer, EchoFunction.Line(http2, "X-Forwarded-For: "));
    }

    [Fact]
    public async Task Header_BeforeTls_IsReadBeforeTheClientHello_WhichWakes()
    {
        foreach (var port in (int[])[Https, ListenHttps])
        {
            await SleepAsync();
            using var socket = await ConnectAsync(port);
            await socket.SendAsync("PROXY TCP4 192.0.2.45 203.0.113.9 4711 443\r\n"u8.ToArray());
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "a.example", RemoteCertificateValidationCallback = (_, _, _, _) => true });
            await tls.WriteAsync(Encoding.ASCII.GetBytes(Head));
            using var reader = new StreamReader(tls);
            var answer = await reader.ReadToEndAsync();

            Assert.Equal("192.0.2.45", Client(answer));
            Assert.Equal("https", EchoFunction.Line(answer, "X-Forwarded-Proto: "));
            var start = (await _echo.Gateway.ColdStartsAsync("echo"))[^1];
            Assert.Equal(("ClientHello", "192.0.2.45:4711"), (start.Signal, start.Client));
        }
    }

    [Fact]
    public async Task Connection_WithoutAHeaderOrWithAWrongOne_IsClosedUnanswered_AndToldOnce()
    {
        foreach (var wrong in (byte[][])[[], [.. "PROXY TCP4 999.0.2.44 203.0.113.9 1 80\r\n"u8], [.. "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"u8], ProxyHeaderTests.Binary(0x2f, 0x11, new byte[12])])
        {
            Assert.Equal("", await SendAsync(EchoFunction.Shared, wrong));
        }

        // One that never comes is waited for as long as Timeout says.
        using var silent = await ConnectAsync(EchoFunction.Shared);
        await silent.SendAsync("PROXY TCP4 19"u8.ToArray());
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        Assert.Equal(0, await ReceiveAsync(silent, limit.Token));

        var line = await _echo.Gateway.WaitForLogAsync(line => line.Contains("header of the PROXY protocol", StringComparison.Ordinal), Patience);
        Assert.Contains(Balancer, line, StringComparison.Ordinal);
        Assert.InRange(_echo.Gateway.Log.Count(line => line.Contains("header of the PROXY protocol", StringComparison.Ordinal)), 1, 3);
        Assert.DoesNotContain(_echo.Gateway.Log, line => line.Contains("warm-up failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_OfFrom_IsFollowed_AndTheAdminEndpointNeedsNoHeader()
    {
        Assert.Equal("", await SendAsync(EchoFunction.Listen, []));
        var answer = await _echo.Space.ExecuteAsync("curl", "-s", "--interface", Balancer, "http://127.0.0.1:9090/healthz");
        Assert.Equal("ok", answer.ThrowIfFailed().Output.Trim());

        var settings = EchoFunction.Settings();
        _echo.Gateway.UpdateSettings(settings);
        await _echo.Gateway.WaitForLogAsync(line => line.Contains("new configuration is in use", StringComparison.Ordinal), Patience);

        Assert.Equal(Balancer, Client(await SendAsync(EchoFunction.Shared, [])));
    }

    public async ValueTask DisposeAsync()
    {
        await _echo.DisposeAsync();
        _certificates.Dispose();
    }

    private static string Client(string answer) => EchoFunction.Line(answer, "X-Forwarded-For: ");

    private async Task SleepAsync() => (await _echo.Gateway.Admin.PostAsync("/api/functions/echo/sleep", content: null)).EnsureSuccessStatusCode();

    private async Task<Socket> ConnectAsync(int port)
    {
        var socket = _echo.Space.CreateSocket(AddressFamily.InterNetwork);
        socket.NoDelay = true;
        socket.Bind(new IPEndPoint(IPAddress.Parse(Balancer), 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private Task<string> SendAsync(int port, ReadOnlySpan<byte> header, int piece = int.MaxValue) => SendAsync(port, header.ToArray(), piece);

    private async Task<string> SendAsync(int port, byte[] header, int piece = int.MaxValue)
    {
        using var socket = await ConnectAsync(port);
        for (var sent = 0; sent < header.Length; sent += Math.Min(piece, header.Length - sent))
        {
            await socket.SendAsync(header.AsMemory(sent, Math.Min(piece, header.Length - sent)));
        }

        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var answer = new MemoryStream();
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(Head), limit.Token);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer, limit.Token) is > 0 and var size)
            {
                answer.Write(buffer, 0, size);
            }
        }
        catch (SocketException)
        {
            // A connection that is closed with bytes unread is reset.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    private static async Task<int> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[16], cancellationToken);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private async Task<string> Curl(params string[] arguments) =>
        (await _echo.Space.ExecuteAsync("curl", ["-s", "--interface", Balancer, "--resolve", $"a.example:{EchoFunction.Shared}:127.0.0.1", .. arguments])).ThrowIfFailed().Output;
}
