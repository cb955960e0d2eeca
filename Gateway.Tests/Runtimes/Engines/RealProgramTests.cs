using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab.Programs;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>Programs that others have written, behind a gate and without one.</summary>
[SideBySide]
public sealed class RealProgramTests(SharedEngines engines, ITestOutputHelper output) : SharedEnginesTest(engines), IClassFixture<SharedEngines>
{
    [Theory]
    [InLongRuns("Docker", "python")]
    [InLongRuns("Docker", "nginx")]
    [InLongRuns("Docker", "redis")]
    [InLongRuns("Docker", "node")]
    [InLongRuns("Docker", "aspnet")]
    [InLongRuns("Podman", "python")]
    [InLongRuns("Podman", "nginx")]
    [InLongRuns("Podman", "redis")]
    [InLongRuns("Podman", "node")]
    [InLongRuns("Podman", "aspnet")]
    public async Task Program_BehindAGate_BehavesAsWithoutOne(string runtime, string name)
    {
        var program = RealPrograms.Of(name);
        await Engines.ImportAsync(runtime, program);
        await StartAsync(("gated", Function(runtime, program, "Initialized")));
        await BecomesAsync("Initialized");
        var gated = await LiveAsync(runtime, program, "gated");

        // One after the other, because on the host's network both have the same port.
        await ReloadAsync(("plain", Function(runtime, program, "Stopped")));
        var plain = await LiveAsync(runtime, program, "plain");

        output.WriteLine(plain.Facts);
        Assert.Equal(plain.Facts, gated.Facts);
        Assert.Equal((program.ExitCode, program.ExitCode), (plain.ExitCode, gated.ExitCode));
        Assert.Equal(("Stopped", "Initialized"), (plain.Tier, gated.Tier));
    }

    private static JsonObject Function(string runtime, RealProgram program, string tier) => new()
    {
        ["Runtime"] = runtime,
        ["Image"] = program.Image,
        ["Network"] = runtime == "Docker" ? "bridge" : "host",
        ["Port"] = program.Port,
        ["Listen"] = new JsonArray($"http://*:{Listen}"),
        ["Environment"] = new JsonObject { ["GREETING"] = "hello, world" },
        ["Idle"] = new JsonObject { ["Tier"] = tier },
    };

    /// <summary>Wakes the function by a request, reads what its first process is, and ends it by its stop signal.</summary>
    private async Task<(string Facts, int ExitCode, string Tier)> LiveAsync(string runtime, RealProgram program, string function)
    {
        var curl = await Engines.Space.ExecuteAsync("curl", "--silent", "--show-error", "--max-time", "40", "--write-out", "\n%{http_code}", $"http://127.0.0.1:{Listen}/");
        var answer = curl.ThrowIfFailed().Output;
        // Redis takes a request by HTTP for an attack and closes the connection. What it speaks is asked past the gateway.
        Assert.True(answer.EndsWith(program.Answer is null ? "\n502" : "\n200", StringComparison.Ordinal), answer + Gateway.LastLines(40));
        Assert.Contains(program.Answer ?? "", answer, StringComparison.Ordinal);
        if (program.Answer is null)
        {
            Assert.Equal("+PONG\r\n", await PingAsync(runtime, program, function));
        }

        var facts = FirstProcess.Of(await InspectAsync(runtime, function, "{{.Id}}")).ReadFacts();
        using var slept = await Gateway.Admin.PostAsync(new Uri($"/api/functions/{function}/sleep?tier=Stopped", UriKind.Relative), content: null);
        slept.EnsureSuccessStatusCode();
        var exitCode = int.Parse(await InspectAsync(runtime, function, "{{.State.ExitCode}}"), CultureInfo.InvariantCulture);
        return (facts, exitCode, Assert.Single(await Gateway.ColdStartsAsync(function)).Tier);
    }

    private async Task<string> PingAsync(string runtime, RealProgram program, string function)
    {
        var address = runtime == "Docker" ? IPAddress.Parse(await InspectAsync(runtime, function, "{{.NetworkSettings.IPAddress}}")) : IPAddress.Loopback;
        using var socket = await Engines.Space.ConnectAsync(new IPEndPoint(address, program.Port), TestContext.Current.CancellationToken);
        await socket.SendAsync("PING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var answer = new byte[64];
        return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken));
    }

    private async Task<string> InspectAsync(string runtime, string function, string format) =>
        (await Engines.RunAsync(runtime, "inspect", "--format", format, $"headstart-{function}-1")).Trim();
}
