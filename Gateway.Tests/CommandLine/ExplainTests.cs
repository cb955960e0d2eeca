using System.Text.Json;
using Gateway.CommandLine;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>The command <c>explain</c>: which function each signal names, what may wake it, and where the request comes to.</summary>
public sealed class ExplainTests : IDisposable
{
    private const string Client = "198.51.100.4:51234";

    private readonly TemporaryDirectory _directory = new();

    public ExplainTests() => _directory.Write("appsettings.json", $$"""
        {
          "Kestrel": {
            "Certificates": { "Default": {{Certificates.Write(_directory, "hello.example")}} },
            "Endpoints": { "plain": { "Url": "http://*:8080" }, "tls": { "Url": "https://*:8443" } }
          },
          "ReverseProxy": {
            "Routes": {
              "shop": { "ClusterId": "shop", "Match": { "Hosts": ["shop.example"], "Path": "/shop/{**rest}" } },
              "cart": { "ClusterId": "cart", "Match": { "Hosts": ["shop.example"], "Path": "/cart/{**rest}" } },
              "hello": { "ClusterId": "hello", "Match": { "Hosts": ["hello.example", "*.hello.example"] } },
              "post": { "ClusterId": "hello", "Match": { "Hosts": ["post.example"], "Methods": ["POST"] } },
              "legacy": { "ClusterId": "legacy", "Match": { "Path": "/legacy/{**rest}", "QueryParameters": [{ "Name": "v", "Values": ["1"] }] } }
            },
            "Clusters": { "legacy": { "Destinations": { "one": { "Address": "http://192.0.2.9:80/" } }, "HealthCheck": { "Active": { "Enabled": true, "Interval": "00:00:01" } } } }
          },
          "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:9191" },
            "Access": { "Deny": ["203.0.113.0/24"] },
            "Budget": { "Concurrent": 32 },
            "Functions": {
              "hello": { "Runtime": "Process", "Command": ["/bin/true"], "Listen": ["http://*:8081", "https://127.0.0.9:8444"], "SynId": "hi", "Hold": { "Timeout": "00:00:10", "MaxRequests": 7 } },
              "late": { "Runtime": "Process", "Command": ["/bin/true"], "Listen": ["https://*:8445"], "WakeOn": "ClientHello", "Idle": { "Tier": "Paused", "After": "00:10:00" } },
              "slow": { "Runtime": "Docker", "Image": "slow:1", "Listen": ["http://*:8082"], "WakeOn": "Established", "Access": { "Allow": ["192.0.2.0/24"] }, "Scale": { "Min": 1 } },
              "shop": { "Runtime": "Process", "Command": ["/bin/true"], "Idle": { "Tier": "Running" } },
              "cart": { "Runtime": "Process", "Command": ["/bin/true"], "WakeOn": "Request", "Idle": { "Tier": "Auto" } }
            }
          }
        }
        """);

    public void Dispose() => _directory.Dispose();

    // What each signal names and may wake, and where the request comes to: a function, a cluster of the user's own, or a status.
    [Theory]
    [InlineData("hello/Listen/wakes", "-", "hello", "127.0.0.1:8081")]
    [InlineData("hello/Listen/wakes", "-", "hello", "http://anything.example:8081/x")]
    [InlineData("hello/Listen/wakes", "hello/Listen/wakes", "hello", "https://127.0.0.9:8444/")]
    [InlineData("hello/Listen/wakes", "hello/Listen/wakes", "hello", "127.0.0.9:8444", "--sni", "stranger.example")]
    [InlineData("hello/Listen/wakes", "-", "hello", "127.0.0.1:8081", "--syn-id", "nobody")]
    [InlineData("late/Listen", "late/Listen/wakes", "late", "https://late.example:8445/")]
    [InlineData("-", "hello/Hosts/wakes", "hello by hello", "https://hello.example:8443/a?b=c")]
    [InlineData("-", "hello/Hosts/wakes", "hello by hello", "https://a.b.hello.example:8443/")]
    [InlineData("-", "hello/Hosts/wakes", "hello by hello", "127.0.0.1:8443", "--sni", "HELLO.example")]
    [InlineData("-", "hello/Hosts/wakes", "shop by shop", "https://hello.example:8443/shop/1", "--host", "shop.example")]
    [InlineData("hello/SynId/wakes", "-", "shop by shop", "https://shop.example:8443/shop/1", "--syn-id", "hi")]
    [InlineData("-", "-", "cart by cart", "https://shop.example:8443/cart/1")]
    [InlineData("-", "-", "404", "https://shop.example:8443/")]
    [InlineData("-", "-", "404", "http://post.example:8080/")]
    [InlineData("-", "-", "cluster legacy by legacy", "http://old.example:8080/legacy/x?v=1")]
    [InlineData("-", "-", "404", "http://old.example:8080/legacy/x", "--path", "/legacy/x?v=2")]
    [InlineData("-", "-", "-", "http://127.0.0.1:8443/", "--syn-id", "nobody")]
    [InlineData("-", "-", "-", "127.0.0.1:9191")]
    [InlineData("-", "-", "-", "127.0.0.1:9999")]
    [InlineData("-", "-", "-", "127.0.0.1:8444")]
    [InlineData("-", "-", "-", "http://hello.example:8443/")]
    [InlineData("hello/Listen", "-", "-", "127.0.0.1:8081", "--Gateway:Access:Deny:0=198.51.100.0/24")]
    [InlineData("slow/Listen", "-", "-", "127.0.0.1:8082")]
    [InlineData("-", "hello/Hosts", "403", "https://hello.example:8443/", "--Gateway:Access:Deny:0=198.51.100.0/24")]
    [InlineData("hello/Listen", "-", "hello", "127.0.0.1:8081", "--Gateway:Ebpf:Mode=Off")]
    [InlineData("hello/Listen", "hello/Listen", "503", "https://127.0.0.9:8444/", "--Gateway:Functions:hello:Idle:Schedule:0:Is=Down")]
    [InlineData("hello/Listen/wakes", "hello/Listen/wakes", "hello", "https://127.0.0.9:8444/", "--Gateway:Functions:hello:Idle:Schedule:0:Is=Up")]
    [InlineData("-", "-", "307", "http://hello.example:8080/", "--HttpsRedirection:RedirectStatusCode=307")]
    public async Task Explain_SaysWhatEachNamesAndWakes(string syn, string hello, string request, string to, params string[] more)
    {
        var (code, output, errors) = await RunAsync(["explain", Client, to, .. more, "--json"]);
        var text = await RunAsync(["explain", Client, to, .. more]);

        Assert.Equal("", errors);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal((syn, hello, request), (Signal(report.GetProperty("syn")), Signal(report.GetProperty("clientHello")), Request(report.GetProperty("request"))));
        var isAnswered = request != "-" && !char.IsAsciiDigit(request[0]);
        Assert.Equal((isAnswered ? 0 : 1, isAnswered), (code, report.GetProperty("answered").GetBoolean()));
        Assert.Equal(code, text.Code);
        Assert.Equal(
            [$"SYN          {Text(report, "syn")}", $"ClientHello  {Text(report, "clientHello")}", $"request      {Text(report, "request")}"],
            text.Output.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("syn", "*:8081 is hello's alone (Gateway:Functions:hello:Listen, http://*:8081). The SYN wakes hello: ", "http://x.example:8081/")]
    [InlineData("syn", "A connection has to follow within 3 s (Gateway:Trust:Within), or it counts as wasted. SYNs have 20 of the 32 starts at once (Gateway:Budget), and 198.51.100.4 wakes by 20 of them a second (Gateway:Ebpf:Limits:PerSource).", "http://x.example:8081/")]
    [InlineData("syn", "The SYN wakes nothing, because late's WakeOn is ClientHello.", "https://x.example:8445/")]
    [InlineData("syn", "No function has the SynId 'nobody', so it names a function only if 198.51.100.4 comes again", "https://x.example:8443/", "--syn-id", "nobody")]
    [InlineData("syn", "The SYN has no id, so it names no function.", "https://x.example:8443/", "--Gateway:Ebpf:ReturningClients:Enabled=false")]
    [InlineData("syn", "An id in the SYN counts on shared addresses only.", "http://x.example:8081/", "--syn-id", "hi")]
    [InlineData("syn", "198.51.100.4 is denied by Gateway:Functions:slow:Access, so the SYN wakes nothing, and the connection is closed as soon as it is made.", "127.0.0.1:8082")]
    [InlineData("syn", "WakeOn is Established: the handshake's last ACK does, a round trip later.", "127.0.0.1:8082", "--Gateway:Functions:slow:Access:Allow:0=198.51.100.0/24")]
    [InlineData("syn", "Nothing hears the SYN, because Gateway:Ebpf:Mode is Off.", "127.0.0.1:8082", "--Gateway:Ebpf:Mode=Off")]
    [InlineData("syn", "Nothing of this configuration listens on 127.0.0.1:9999, so the system refuses the connection", "127.0.0.1:9999")]
    [InlineData("syn", "198.51.100.4 is denied by Gateway:Access, so its SYN wakes nothing.", "https://x.example:8443/", "--Gateway:Access:Deny:0=198.51.100.4")]
    [InlineData("clientHello", "Without a server name (--sni) the ClientHello names no function on a shared address.", "127.0.0.1:8443")]
    [InlineData("clientHello", "No function alone has 'shop.example' among the Hosts of its routes", "https://shop.example:8443/")]
    [InlineData("clientHello", "A PROXY header has to come first from 198.51.100.4 (Gateway:ProxyProtocol:From). The server name 'hello.example' is hello's", "https://hello.example:8443/", "--Gateway:ProxyProtocol:From:0=198.51.100.4")]
    [InlineData("clientHello", "Handshakes have 24 of the 32 starts at once (Gateway:Budget).", "https://hello.example:8443/")]
    [InlineData("request", "and then is answered 503; a browser gets the waiting page after 2 s (Hold:Page). It rests", "https://hello.example:8443/", "--Gateway:Functions:hello:Hold:Page:After=00:00:02")]
    [InlineData("request", "GET /a?b=c with the Host hello.example:8443 is for hello, by the route 'hello' (Hosts hello.example, *.hello.example), and wakes it if nothing has before. While it rests or starts the request waits for it up to 10 s, with 7 at most (Hold), and then is answered 503. It rests Stopped after 5 min without use (Idle).", "https://hello.example:8443/a?b=c")]
    [InlineData("syn", "The SYN wakes nothing: Idle:Schedule has it down at all times.", "127.0.0.1:8081", "--Gateway:Functions:hello:Idle:Schedule:0:Is=Down")]
    [InlineData("request", "is for hello, because the address is its own, and is answered 503 by the gateway: Idle:Schedule has it down at all times.", "127.0.0.1:8081", "--Gateway:Functions:hello:Idle:Schedule:0:Is=Down")]
    [InlineData("request", " It starts with what it depends on: shop, cart (DependsOn). These have to rest before it starts: late (Excludes).", "127.0.0.1:8081",
        "--Gateway:Functions:hello:DependsOn:0=shop", "--Gateway:Functions:hello:DependsOn:1=cart", "--Gateway:Functions:hello:Excludes:0=late")]
    [InlineData("request", "It rests Paused after 10 min without use (Idle).", "https://x.example:8445/")]
    [InlineData("request", "It never rests (Idle:Tier Running).", "https://shop.example:8443/shop/")]
    [InlineData("request", "It rests as deeply as its clients' handshakes hide, down to Stopped, after 5 min without use (Idle:Tier Auto).", "https://shop.example:8443/cart/")]
    [InlineData("request", "1 of its instances keep running (Scale:Min)", "127.0.0.1:8082", "--Gateway:Functions:slow:Access:Allow:0=198.51.100.0/24")]
    [InlineData("request", "is answered 404 Not Found by the gateway: no route of ReverseProxy:Routes takes it. It wakes nothing.", "http://nobody.example:8080/")]
    [InlineData("request", "is answered 403 Forbidden by the gateway: 198.51.100.4 is denied by Gateway:Access. It wakes nothing.", "https://hello.example:8443/", "--Gateway:Access:Deny:0=198.51.100.4")]
    [InlineData("request", "is forwarded to the cluster 'legacy' of ReverseProxy:Clusters, by the route 'legacy' (Path /legacy/{**rest}). It is no function, so nothing is woken and nothing waits.", "http://old.example:8080/legacy/x?v=1")]
    public async Task Explain_SaysWhy(string row, string expected, string to, params string[] more)
    {
        var (_, output, errors) = await RunAsync(["explain", Client, to, .. more, "--json"]);

        Assert.Equal("", errors);
        Assert.Contains(expected, Text(JsonDocument.Parse(output).RootElement, row), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FROM: 'client' is no address", "explain", "client", "127.0.0.1:80")]
    [InlineData("FROM: '80' is no address", "explain", "80", "127.0.0.1:80")]
    [InlineData("TO: '127.0.0.1' is no address with a port and no URL", "explain", Client, "127.0.0.1")]
    [InlineData("TO: 'hello.example:80' is no address with a port and no URL", "explain", Client, "hello.example:80")]
    [InlineData("TO: 'ftp://hello.example/' is no URL of http or https", "explain", Client, "ftp://hello.example/")]
    [InlineData("--sni: 'a b' is no server name", "explain", Client, "127.0.0.1:80", "--sni", "a b")]
    [InlineData("--host: 'a/b' is no host", "explain", Client, "127.0.0.1:80", "--host", "a/b")]
    [InlineData("--path: 'x' is no path; it begins with a slash.", "explain", Client, "127.0.0.1:80", "--path", "x")]
    [InlineData("--syn-id: 'far-too-long-for-a-SYN' does not fit into a SYN", "explain", Client, "127.0.0.1:80", "--syn-id", "far-too-long-for-a-SYN")]
    [InlineData("Required argument missing for command: 'explain'; see --help.", "explain", Client)]
    [InlineData("unknown option '--sin'; did you mean '--sni'?", "explain", Client, "127.0.0.1:80", "--sin", "x")]
    [InlineData("unexpected argument 'x' of explain", "explain", Client, "127.0.0.1:80", "x")]
    public async Task Explain_UsedWrong_IsOneSentenceAndExitCode2(string expected, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("{", "appsettings.json:1: not valid JSON")]
    [InlineData("""{ "Gateway": { "Ebpf": { "Mode": "Sometimes" } } }""", "  Gateway:Ebpf:Mode: 'Sometimes' is not one of")]
    public async Task Explain_BadConfiguration_IsExitCode2(string configuration, string expected)
    {
        _directory.Write("appsettings.json", configuration);

        var (code, output, errors) = await RunAsync("explain", Client, "127.0.0.1:80");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_NameThatMayMeanSeveralAddresses_AsksWhich()
    {
        var (code, _, errors) = await RunAsync("explain", Client, "http://hello.example:8090/", "--Gateway:Functions:hello:Listen:0=http://127.0.0.7:8090", "--Gateway:Functions:late:Listen:0=http://127.0.0.8:8090");

        Assert.Equal(2, code);
        Assert.StartsWith("TO: port 8090 is at several addresses here (127.0.0.7, 127.0.0.8); name one, e.g. 127.0.0.7:8090, and the name with --sni and --host.", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://*:8081", "Gateway:Functions:hello:Listen", "127.0.0.1:8081")]
    [InlineData("https://127.0.0.9:8444", "Gateway:Functions:hello:Listen", "127.0.0.9:8444")]
    [InlineData("https://*:8443", "Kestrel:Endpoints", "[::1]:8443")]
    [InlineData("http://127.0.0.1:9191", "Gateway:Admin:Url", "127.0.0.1:9191")]
    [InlineData(null, null, "127.0.0.2:9191")]
    public async Task Explain_SaysWhichListenerTakesTheConnection(string? listener, string? key, string to)
    {
        var (_, output, _) = await RunAsync("explain", Client, to, "--json");

        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal((listener, key), (report.GetProperty("listener").GetString(), report.GetProperty("key").GetString()));
    }

    [Fact]
    public async Task Explain_LeavesNothingBehind()
    {
        var before = Directory.GetFileSystemEntries(_directory.Path).Order(StringComparer.Ordinal).ToArray();

        await RunAsync("explain", Client, "https://hello.example:8443/", "--Gateway:Functions:hello:Idle:Tier=Initialized", "--Gateway:Functions:hello:Scale:Min=1", "--Gateway:AccessLog:Path=access.log");

        Assert.Equal(before, Directory.GetFileSystemEntries(_directory.Path).Order(StringComparer.Ordinal));
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCommands.RunAsync([.. arguments, "--contentRoot", _directory.Path], output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private static string Text(JsonElement report, string row) => report.GetProperty(row).GetProperty("text").GetString()!;

    private static string Signal(JsonElement step) => step.GetProperty("function").GetString() is not { } function ? "-"
        : $"{function}/{step.GetProperty("by").GetString()}{(step.GetProperty("wakes").GetBoolean() ? "/wakes" : "")}";

    private static string Request(JsonElement step) =>
        step.GetProperty("status") is { ValueKind: JsonValueKind.Number } status ? $"{status.GetInt32()}"
        : step.GetProperty("cluster").GetString() is not { } cluster ? "-"
        : (step.GetProperty("function").GetString() ?? $"cluster {cluster}") + (step.GetProperty("route").GetString() is { } route ? $" by {route}" : "");
}
