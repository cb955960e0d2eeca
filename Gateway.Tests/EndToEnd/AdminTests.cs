using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Whom the admin endpoint answers, by raw requests to a real gateway.</summary>
[SideBySide]
public sealed class AdminTests : IDisposable
{
    private const string Token = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task EveryAddress_AnswersItsOwnNamesOnly_AndNoPageOfAnotherSite()
    {
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Gateway"]!["Admin"] = JsonNode.Parse("""{ "Url": "http://*:9090", "Hosts": ["gateway.internal"] }"""));
        await echo.Gateway.WaitForLogAsync(line => line.Contains("Gateway:Admin:Url", StringComparison.Ordinal) && line.Contains("there is no Token", StringComparison.Ordinal), Patience);

        foreach (var host in (string[])["127.0.0.1:9090", "localhost:9090", "[::1]:9090", "gateway.internal", "GATEWAY.internal:80"])
        {
            Assert.Equal(200, await StatusAsync(echo, "GET", "/metrics", $"Host: {host}"));
        }

        foreach (var (method, path) in ((string, string)[])[("GET", "/"), ("GET", "/metrics"), ("GET", "/healthz"), ("HEAD", "/readyz"), ("POST", "/api/functions/echo/sleep"), ("DELETE", "/x"), ("OPTIONS", "/api/functions")])
        {
            Assert.Equal(421, await StatusAsync(echo, method, path, "Host: rebound.example:9090"));
            Assert.Equal(421, await StatusAsync(echo, method, path, "Host: 192.0.2.1:9090"));
        }

        var refused = await SendAsync(echo, "GET", "/api/functions", "Host: rebound.example");
        Assert.Contains("Content-Type: application/problem+json", refused, StringComparison.Ordinal);
        Assert.Equal(421, JsonDocument.Parse(refused[refused.IndexOf('{', StringComparison.Ordinal)..(refused.LastIndexOf('}') + 1)]).RootElement.GetProperty("status").GetInt32());

        const string Own = "Host: 127.0.0.1:9090", Sleep = "/api/functions/echo/sleep";
        Assert.Equal(200, await StatusAsync(echo, "POST", Sleep, Own));
        Assert.Equal(200, await StatusAsync(echo, "POST", Sleep, Own, "Origin: http://127.0.0.1:9090", "Sec-Fetch-Site: same-origin"));
        Assert.Equal(403, await StatusAsync(echo, "POST", Sleep, Own, "Origin: http://127.0.0.1:9090", "Origin: http://evil.example"));
        Assert.Equal(403, await StatusAsync(echo, "POST", Sleep, Own, "Origin: http://evil.example"));
        Assert.Equal(403, await StatusAsync(echo, "POST", Sleep, Own, "Sec-Fetch-Site: cross-site"));
        Assert.Equal(403, await StatusAsync(echo, "GET", "/metrics", Own, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"));
        Assert.StartsWith("HTTP/1.1 413", await echo.SendAsync($"POST {Sleep} HTTP/1.1\r\n{Own}\r\nContent-Length: 20000\r\n\r\n{new string('x', 20_000)}", 9090), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_IsNeededForAllButHealthAndThePage_AndItsFileIsFollowed()
    {
        var file = Path.Combine(_directory.Path, "token");
        await WriteAsync(file, Token + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Gateway"]!["Admin"] = new JsonObject { ["TokenFile"] = file });
        await echo.Gateway.WaitForLogAsync(line => line.Contains("every user of this machine can read", StringComparison.Ordinal), Patience);

        foreach (var path in (string[])["/", "/healthz", "/readyz"])
        {
            Assert.Equal(200, await StatusAsync(echo, "GET", path, "Host: localhost"));
        }

        foreach (var path in (string[])["/metrics", "/api/functions", "/api/coldstarts", "/api/ebpf", "/nothing"])
        {
            Assert.Equal(401, await StatusAsync(echo, "GET", path, "Host: localhost"));
        }

        Assert.Contains("WWW-Authenticate: Bearer", await SendAsync(echo, "GET", "/metrics", "Host: localhost"), StringComparison.Ordinal);
        Assert.Equal(401, await StatusAsync(echo, "POST", "/api/functions/echo/sleep", "Host: localhost"));
        Assert.Equal(401, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: Bearer {Token}x"));
        Assert.Equal(401, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: Basic {Token}"));
        Assert.Equal(401, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: Bearer {Token}", $"Authorization: Bearer {Token}"));
        Assert.Equal(200, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: bearer {Token}"));
        Assert.Equal(421, await StatusAsync(echo, "GET", "/metrics", "Host: rebound.example", $"Authorization: Bearer {Token}"));

        // The file is replaced as secrets are: another file beside it takes its name.
        var next = new string('b', 40);
        await WriteAsync(file + ".new", next, UnixFileMode.UserRead);
        File.Move(file + ".new", file, overwrite: true);
        await echo.Gateway.WaitForLogAsync(line => line.Contains("token has changed", StringComparison.Ordinal), Patience);
        Assert.Equal(401, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: Bearer {Token}"));
        Assert.Equal(200, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: Bearer {next}"));

        await WriteAsync(file + ".new", "short", UnixFileMode.UserRead);
        File.Move(file + ".new", file, overwrite: true);
        await echo.Gateway.WaitForLogAsync(line => line.Contains("holds a token that has 5 characters", StringComparison.Ordinal), Patience);
        Assert.Equal(200, await StatusAsync(echo, "GET", "/metrics", "Host: localhost", $"Authorization: Bearer {next}"));
        Assert.DoesNotContain(echo.Gateway.Log, line => line.Contains(Token, StringComparison.Ordinal) || line.Contains(next, StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnixSocket_IsForOwnerAndGroup_ReplacesAStaleOne_AndGoesWithTheGateway()
    {
        var path = Path.Combine(_directory.Path, "admin.sock");
        JsonObject Settings(int shared, int listen) => EchoFunction.Settings(new JsonObject { ["Listen"] = new JsonArray($"http://*:{listen}") }, more: settings =>
        {
            settings["Kestrel"]!["Endpoints"]!["shared"]!["Url"] = $"http://*:{shared}";
            settings["Gateway"]!["Admin"] = new JsonObject { ["Url"] = $"unix://{path}", ["Token"] = Token };
        });
        var settings = Settings(EchoFunction.Shared, EchoFunction.Listen);
        using var space = NetworkNamespace.Create();
        await using (var killed = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings }))
        {
            Assert.Equal("echo", Assert.Single(await killed.FunctionsAsync()).Name);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
            await Assert.ThrowsAsync<SocketException>(() => space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 9090)));

            // Another gateway does not take the socket of one that lives.
            await using var second = GatewayProcess.Launch(new() { Namespace = space, Settings = Settings(8090, 8091) });
            Assert.Equal(2, await second.Exited.WaitAsync(Patience, TimeProvider.System));
            Assert.Contains(second.Log, line => line.Contains("Gateway:Admin:Url", StringComparison.Ordinal) && line.Contains(path, StringComparison.Ordinal));
            await killed.KillAsync();
        }

        Assert.True(File.Exists(path));
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = space, Settings = settings });
        Assert.Equal("echo", Assert.Single(await gateway.FunctionsAsync()).Name);
        Assert.Equal(0, await gateway.StopAsync(TimeSpan.FromSeconds(40)));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Https_UsesTheCertificateOfTheAdminSection_AndSpeaksNoPlainHttp()
    {
        using var certificates = new LabCertificates();
        var certificate = certificates.Issue("gateway.internal");
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Gateway"]!["Admin"] = new JsonObject
        {
            ["Url"] = "https://127.0.0.1:9090",
            ["Token"] = Token,
            ["Certificate"] = new JsonObject { ["Path"] = certificate.CertificatePath, ["KeyPath"] = certificate.KeyPath },
        });

        Assert.Equal("echo", Assert.Single(await echo.Gateway.FunctionsAsync()).Name);
        Assert.DoesNotContain(" 200 ", await echo.SendAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 9090), StringComparison.Ordinal);
        Assert.DoesNotContain(echo.Gateway.Log, line => line.Contains("warm-up failed", StringComparison.Ordinal));
    }

    private static async Task WriteAsync(string path, string text, UnixFileMode mode)
    {
        await File.WriteAllTextAsync(path, text);
        File.SetUnixFileMode(path, mode);
    }

    private static Task<string> SendAsync(EchoFunction echo, string method, string path, params string[] headers) =>
        echo.SendAsync($"{method} {path} HTTP/1.1\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Connection: close\r\n\r\n", 9090);

    private static async Task<int> StatusAsync(EchoFunction echo, string method, string path, params string[] headers) =>
        int.Parse((await SendAsync(echo, method, path, headers)).Split(' ')[1], CultureInfo.InvariantCulture);
}
