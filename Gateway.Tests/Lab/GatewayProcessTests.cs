using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Lab;

/// <summary>The harness, against a stand-in that serves the admin contract from files: what is under test is not the gateway.</summary>
public sealed class GatewayProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly LabDirectory _directory = LabDirectory.Create("test");
    private readonly NetworkNamespace _space = NetworkNamespace.Create();

    [Fact]
    public async Task StartAsync_ReadyAfterAWhile_OffersTheAdminContract()
    {
        await using var gateway = await GatewayProcess.StartAsync(Options(
            """
            mkdir api
            echo '[{"name":"hello","state":"Running","inFlight":2,"instances":[{"id":"a"}]}]' > api/functions
            echo '[{"function":"hello","instance":"a","signal":"Syn","tier":"Stopped","at":"2026-01-01T00:00:00.000000Z","client":"198.51.100.4:51234","outcome":"Served","phases":{"wake":130,"ready":72400},"hidden":72400,"penalty":0}]' > api/coldstarts
            printf '# HELP x y\nsignals_total{function="a",outcome="o"} 3\nsignals_total{function="b",outcome="o"} 4\nplain 1e3\n' > metrics
            (sleep 0.2; echo ok > readyz) &
            echo serving
            exec busybox httpd -f -p 127.0.0.1:9191 -h .
            """));

        var function = Assert.Single(await gateway.FunctionsAsync());
        Assert.Equal(("hello", "Running", 2, 1), (function.Name, function.State, function.InFlight, function.Instances.Count));
        var start = Assert.Single(await gateway.ColdStartsAsync("hello", 1));
        Assert.Equal(("Syn", 72400, 0, 130), (start.Signal, start.Hidden, start.Penalty, start.Phases["wake"]));
        var metrics = await gateway.MetricsAsync();
        Assert.Equal((7, 4, 1000, 0), (metrics.Sum("signals_total"), metrics.Sum("signals_total", ("function", "b")), metrics.Sum("plain"), metrics.Sum("none")));
        Assert.Equal("serving", await gateway.WaitForLogAsync(line => line == "serving", s_patience));
    }

    [Fact]
    public async Task StartAsync_Settings_AreInTheContentRoot()
    {
        await using var gateway = GatewayProcess.Launch(Options("""test "$1" = --contentRoot && test "$2" = "$PWD" && cat "$2/appsettings.json" """));

        Assert.Equal(0, await gateway.Exited.WaitAsync(s_patience));
        Assert.Equal("http://127.0.0.1:9191", JsonNode.Parse(string.Concat(gateway.Log))!["Gateway"]!["Admin"]!["Url"]!.GetValue<string>());
    }

    [Fact]
    public async Task StartAsync_EndsWhileStarting_TellsCodeAndLastWords()
    {
        var failure = await Assert.ThrowsAsync<LabException>(() => GatewayProcess.StartAsync(Options("echo 'Gateway:Functions: bad'; exit 2")));

        Assert.Contains("ended with 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Gateway:Functions: bad", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_NeverReady_FailsAfterTheTimeout()
    {
        var options = Options("exec sleep 1000") with { StartTimeout = TimeSpan.FromMilliseconds(200) };

        var failure = await Assert.ThrowsAsync<LabException>(() => GatewayProcess.StartAsync(options));

        Assert.Contains("was not ready", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopAsync_Running_ReturnsItsExitCode()
    {
        await using var gateway = GatewayProcess.Launch(Options("trap 'exit 3' TERM; echo up; while :; do read line; done"));
        await gateway.WaitForLogAsync(line => line == "up", s_patience);

        Assert.Equal(3, await gateway.StopAsync(s_patience));
    }

    [Fact]
    public async Task KillAsync_Running_IsGoneAndItsDirectoryToo()
    {
        var gateway = GatewayProcess.Launch(Options("trap '' TERM; exec sleep 1000"));

        await gateway.KillAsync();
        await gateway.DisposeAsync();

        Assert.Equal(128 + 9, await gateway.Exited);
        Assert.False(Directory.Exists(gateway.ContentRoot));
    }

    public void Dispose()
    {
        _space.Dispose();
        _directory.Dispose();
    }

    private GatewayProcessOptions Options(string script)
    {
        var program = _directory.File("gateway");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new GatewayProcessOptions
        {
            Namespace = _space,
            Program = program,
            Settings = new JsonObject { ["Gateway"] = new JsonObject { ["Admin"] = new JsonObject { ["Url"] = "http://127.0.0.1:9191" } } },
        };
    }
}
