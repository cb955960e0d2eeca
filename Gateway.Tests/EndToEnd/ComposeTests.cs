using Gateway.Lab;
using Gateway.Lab.Programs;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Compose files with labels, and nothing of their services in the gateway's own file.</summary>
[SideBySide]
public sealed class ComposeTests(SharedEngines engines, ITestOutputHelper output) : UsersContainersTest(engines), IClassFixture<SharedEngines>
{
    private static readonly string[] s_hosts = ["site.example", "chat.example", "clock.example", "notes.example"];

    [Fact]
    public async Task Compose_MakingAServiceAnew_LosesNoRequestAndDownEndsTheFunction()
    {
        using var folder = LabDirectory.Create("compose");
        var compose = new Compose(Engines.Space, Engines.SocketOf("Docker"), folder.Path, $"shop{Port}");
        await WriteAsync(folder, greeting: "one");
        await StartDiscoveringAsync("Docker");
        try
        {
            await compose.RunAsync("up", "--no-start");
            await BecomesAsync("web", "Stopped");
            await BecomesAsync("api", "Stopped");
            await ServesAsync("web.example");
            await ServesAsync("api.example");
            await BecomesAsync("web", "Stopped");

            // Clients ask all the time while Compose makes one of the two anew.
            using var over = new CancellationTokenSource();
            var clients = Task.WhenAll(AskAsync("web.example", over.Token), AskAsync("api.example", over.Token));
            await WriteAsync(folder, greeting: "two");
            await compose.RunAsync("up", "--detach", "--timeout", "2");
            await Eventually.True(async () => (await InspectAsync("Docker", $"shop{Port}_web_1", "{{json .Config.Env}}")).Contains("two", StringComparison.Ordinal));
            await ServesAsync("web.example");
            await over.CancelAsync();
            await clients;

            await compose.RunAsync("stop", "--timeout", "2");
            await BecomesAsync("web", "Stopped");
            await ServesAsync("web.example");
        }
        finally
        {
            await compose.DownAsync();
        }
    }

    [LongFact]
    public async Task Compose_OfFiveOrdinaryServices_AreReachedRestKeepTheirDataAndNoneIsLeftRunning()
    {
        foreach (var program in (string[])["nginx", "node", "python", "redis"])
        {
            await Engines.ImportAsync("Docker", RealPrograms.Of(program));
        }

        var compose = new Compose(
            Engines.Space, Engines.SocketOf("Docker"), SourceTree.Path("samples", "compose"), $"five{Port}",
            "NGINX=nginx:1", "NODE=node:1", "PYTHON=python:1", "REDIS=redis:1", "IDLE_AFTER=00:00:02");
        await StartDiscoveringAsync("Docker");
        try
        {
            await compose.RunAsync("up", "--detach");
            await AtRestAsync();
            await ServeAllAsync();
            // The database was started for the notes.
            Assert.Equal(5, (await Gateway.ColdStartsAsync()).Count(start => start is { Outcome: "Served", Tier: "Stopped" }));
            await ServeAllAsync();
            await ChatAsync();
            await PostAsync("buy milk");
            await AtRestAsync();

            await compose.RunAsync("down", "--timeout", "2");
            await compose.RunAsync("up", "--detach");
            Assert.Equal("buy milk", await NotesAsync());

            await OperateAsync(compose, new Random(15), operations: 200);
            await AtRestAsync();
            await ServeAllAsync();
            Assert.Equal("buy milk", await NotesAsync());
            await AtRestAsync();
        }
        finally
        {
            await compose.DownAsync();
        }
    }

    private static async Task WriteAsync(LabDirectory folder, string greeting) => await File.WriteAllTextAsync(
        folder.File("docker-compose.yml"),
        $$"""
        version: "3.4"
        services:
          web:
            image: {{SharedEngines.Image}}
            environment: { PORT: "8080", GREETING: "{{greeting}}" }
            expose: ["8080"]
            labels: { headstart.enable: "true", headstart.hosts: web.example, headstart.idle.after: "00:00:01" }
          api:
            image: {{SharedEngines.Image}}
            environment: { PORT: "8081" }
            expose: ["8081"]
            restart: unless-stopped
            labels: { headstart.enable: "true", headstart.hosts: api.example, headstart.idle.tier: Paused }
        """);

    private async Task AskAsync(string host, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await ServesAsync(host);
        }
    }

    private async Task ServeAllAsync()
    {
        foreach (var host in s_hosts)
        {
            await ServesAsync(host);
        }
    }

    private async Task AtRestAsync()
    {
        foreach (var function in s_hosts.Select(host => host.Split('.')[0]).Append("db"))
        {
            await BecomesAsync(function, "Stopped");
        }

        await Eventually.True(async () => (await RunningAsync()).Length == 0, "no container of a function is left running");
    }

    private async Task<string[]> RunningAsync() =>
        (await Engines.RunAsync("Docker", "ps", "--quiet", "--filter", "label=headstart.enable")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // A text that a client masks with zeros, and which comes back.
    private async Task ChatAsync()
    {
        var answer = await Engines.Space.ExecuteAsync(
            "bash", "-c",
            $"exec 3<>/dev/tcp/127.0.0.1/{Shared}; printf 'GET / HTTP/1.1\\r\\nHost: chat.example\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n' >&3; "
            + "while read -r -u 3 line && [ \"$line\" != $'\\r' ]; do echo \"$line\"; done; printf '\\x81\\x85\\0\\0\\0\\0hello' >&3; head -c 7 <&3");
        Assert.Contains(" 101 ", answer.ThrowIfFailed().Output, StringComparison.Ordinal);
        Assert.EndsWith("hello", answer.Output, StringComparison.Ordinal);
    }

    private async Task PostAsync(string note) => (await Engines.Space.ExecuteAsync(
        "curl", "--silent", "--show-error", "--fail", "--max-time", "40", "--header", "Host: notes.example", "--data", note, $"http://127.0.0.1:{Shared}/")).ThrowIfFailed();

    private async Task<string> NotesAsync() => (await AskHostAsync("notes.example")).ThrowIfFailed().Output.Split('\n')[0];

    private async Task OperateAsync(Compose compose, Random random, int operations)
    {
        var done = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var operation = 0; operation < operations; operation++)
        {
            var name = s_hosts[random.Next(s_hosts.Length)].Split('.')[0];
            var container = $"five{Port}_{name}_1";
            var what = random.Next(100) switch
            {
                < 40 => "request",
                < 50 => "sleep",
                < 57 => "stop",
                < 64 => "start",
                < 71 => "pause",
                < 78 => "unpause",
                < 84 => "kill",
                < 90 => "restart",
                < 94 => "up",
                < 97 => "remove",
                < 99 => "gateway",
                _ => "gateway killed",
            };
            done[what] = done.GetValueOrDefault(what) + 1;
            switch (what)
            {
                case "request":
                    await ServesAsync($"{name}.example");
                    break;
                case "sleep":
                    using (await Gateway.Admin.PostAsync(new Uri($"/api/functions/{name}/sleep", UriKind.Relative), content: null))
                    {
                    }

                    break;
                case "up":
                    await compose.RunAsync("up", "--detach", "--force-recreate", "--timeout", "2", name);
                    break;
                case "remove":
                    await Engines.RunAsync("Docker", "rm", "--force", container);
                    await compose.RunAsync("up", "--detach", name);
                    break;
                case "gateway" or "gateway killed":
                    await EndAsync(kill: what == "gateway killed");
                    await StartDiscoveringAsync("Docker");
                    break;
                default:
                    // What cannot be done, such as to pause what does not run, is refused by the engine.
                    await Engines.Space.ExecuteAsync("docker", "--host", $"unix://{Engines.SocketOf("Docker")}", what, container);
                    break;
            }
        }

        output.WriteLine(string.Join(", ", done.Select(pair => $"{pair.Key} {pair.Value}")));
    }
}
