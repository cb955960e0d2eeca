using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Runtimes.Engines;
using Gateway.Tests.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class StateFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    private string Path => System.IO.Path.Combine(_directory.Path, "state", "headstart.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Load_WhatAnotherLearned_DecidesAtOnce()
    {
        var learned = Learned();
        learned.Clock.Advance(PolicyBench.After);
        var at = learned.Clock.GetUtcNow();
        Save(learned);

        var next = new PolicyBench();
        next.Clock.SetUtcNow(at);
        using var file = new StateFile(next.Policy, Path, next.Clock, _logger);
        file.Load();

        Assert.Equal(learned.Ask().Reason, next.Ask().Reason);
        var (before, after) = (learned.Policy.Record("hello"), next.Policy.Record("hello"));
        Assert.Equal(before.Windows.Entries, after.Windows.Entries);
        Assert.Equal(before.Gaps.Bins, after.Gaps.Bins);
        Assert.Equal(before.Gaps.Count, after.Gaps.Count);
        Assert.Equal(before.Wakes(Tier.Paused)!.Times.Microseconds, after.Wakes(Tier.Paused)!.Times.Microseconds);
        Assert.Equal(before.Wakes(Tier.Paused)!.At, after.Wakes(Tier.Paused)!.At);
        Assert.Equal("StateLoaded", Assert.Single(_logger.Names));
    }

    [Fact]
    public void Load_OfAnotherProgram_OnlyItsClientsAndUsesCount()
    {
        Save(Learned());
        var next = new PolicyBench { Options = new FunctionOptions { Name = "hello", Run = new ContainerRunOptions("Docker") { Image = "hello:2" }, Idle = new IdleOptions { After = PolicyBench.After } } };
        using var file = new StateFile(next.Policy, Path, next.Clock, _logger);
        file.Load();
        next.Ask();

        Assert.Null(next.Policy.Record("hello").Wakes(Tier.Paused));
        Assert.NotNull(next.Policy.Record("hello").Windows.P10);
        Assert.NotEqual(0, next.Policy.Record("hello").Gaps.Count);
    }

    [Fact]
    public void Load_ImageBuiltAnewWhileTheGatewayWasAway_IsMeasuredAnew()
    {
        var learned = Learned();
        learned.Policy.NoteBuild("hello", "sha256:1");
        learned.Wakes(Tier.Paused, 19);
        Save(learned);
        var next = new PolicyBench();
        using var file = new StateFile(next.Policy, Path, next.Clock, _logger);
        file.Load();

        next.Policy.NoteBuild("hello", "sha256:1");
        Assert.NotNull(next.Policy.Record("hello").Wakes(Tier.Paused));
        next.Policy.NoteBuild("hello", "sha256:2");
        Assert.Null(next.Policy.Record("hello").Wakes(Tier.Paused));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("\0\0\0\0")]
    [InlineData("""{ "version": 2, "functions": {} }""")]
    [InlineData("""{ "functions": {} }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": null } }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": { "program": "x", "wakeOn": "Syn", "wakes": { "Paused": null }, "windows": [], "gaps": { "count": 0, "bins": [] } } } }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": { "program": "x", "wakeOn": "Syn", "wakes": {}, "windows": [null], "gaps": { "count": 0, "bins": [null] } } } }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": { "program": "x", "wakeOn": "Syn", "wakes": { "Asleep": { "at": "2026-01-01T00:00:00Z", "microseconds": [1] } }, "windows": [], "gaps": { "count": 0, "bins": [] } } } }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": { "program": "x", "wakeOn": "Syn", "wakes": { "Paused": { "at": "2026-01-01T00:00:00Z", "microseconds": [-1] } }, "windows": [], "gaps": { "count": 0, "bins": [] } } } }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": { "program": "x", "wakeOn": "Syn", "wakes": {}, "windows": [], "gaps": { "count": 1, "bins": [{ "bin": 84, "reached": 1, "ended": 1, "share": 1, "mean": 1, "deviation": 0 }] } } } }""")]
    [InlineData("""{ "version": 1, "functions": { "hello": { "program": "x", "wakeOn": "Syn", "wakes": {}, "windows": [], "gaps": { "count": 1, "bins": [{ "bin": 3, "reached": 1, "ended": 1, "share": 1.5, "mean": 1, "deviation": 0 }] } } } }""")]
    public void Load_Damaged_IsToldOnceIgnoredAndReplaced(string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, content);
        var bench = new PolicyBench();

        using (var file = new StateFile(bench.Policy, Path, bench.Clock, _logger))
        {
            file.Load();
            Assert.Equal("StateDamaged", Assert.Single(_logger.Names));
            Assert.Null(bench.Policy.Record("hello").Windows.P10);
            bench.Wakes(Tier.Paused, 19);
        }

        using var again = new StateFile(new PolicyBench().Policy, Path, bench.Clock, _logger);
        again.Load();
        Assert.Equal(["StateDamaged", "StateLoaded"], _logger.Names);
    }

    [Fact]
    public void Load_Garbage_NeverThrows()
    {
        Save(Learned());
        var good = File.ReadAllBytes(Path);
        var random = new Random(11);
        for (var i = 0; i < 2000; i++)
        {
            var bad = good.ToArray();
            for (var flips = 1 + random.Next(4); flips > 0; flips--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(Path, i % 3 == 0 ? bad[..random.Next(bad.Length)] : bad);
            var bench = new PolicyBench();
            using var file = new StateFile(bench.Policy, Path, bench.Clock, _logger);
            file.Load();
            bench.Ask();
        }
    }

    [Fact]
    public void Changed_ManyTimes_IsOneWriteSomeSecondsLater()
    {
        var bench = Learned();
        using var file = new StateFile(bench.Policy, Path, bench.Clock, _logger);
        for (var i = 0; i < 1000; i++)
        {
            Learn(bench);
        }

        bench.Clock.Advance(StateFile.Quiet - TimeSpan.FromMilliseconds(1));
        Assert.False(File.Exists(Path));
        bench.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(File.Exists(Path));
        Assert.False(File.Exists(Path + ".new"));

        File.Delete(Path);
        bench.Clock.Advance(StateFile.Quiet * 5);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void Write_DiskFull_IsOneLineUntilItWorksAgain()
    {
        // A directory in the place of the file to be written: as little can be written there as on a full disk.
        var bench = Learned();
        using var file = new StateFile(bench.Policy, Path, bench.Clock, _logger);
        Directory.CreateDirectory(Path + ".new");
        for (var i = 0; i < 3; i++)
        {
            Learn(bench);
            bench.Clock.Advance(StateFile.Quiet);
        }

        Assert.Equal((LogLevel.Warning, "StateNotWritten"), Assert.Single(_logger.Entries.Select(entry => (entry.Level, entry.Id.Name!))));

        Directory.Delete(Path + ".new");
        Learn(bench);
        bench.Clock.Advance(StateFile.Quiet);
        Assert.True(File.Exists(Path));
        Assert.Single(_logger.Entries);
    }

    [Theory]
    [InlineData(null, null, "/app/headstart.state.json")]
    [InlineData(null, "/var/lib/headstart:/x", "/var/lib/headstart/headstart.json")]
    [InlineData("run/state.json", "/var/lib/headstart", "/app/run/state.json")]
    [InlineData("/srv/state.json", null, "/srv/state.json")]
    [InlineData("", "/var/lib/headstart", null)]
    public void Locate_Configured_SystemdOrContentRoot(string? configured, string? systemd, string? expected) =>
        Assert.Equal(expected, StateFile.Locate(configured, name => name == "STATE_DIRECTORY" ? systemd : null, "/app"));

    private static PolicyBench Learned()
    {
        var bench = new PolicyBench().Wakes(Tier.Paused, 19, 18, 17).Wakes(Tier.Stopped, 131).Wakes(Tier.Initialized, 90).Clients(48, 50, 52);
        bench.Policy.NoteWindow("hello", SignalKind.Established, TimeSpan.FromMilliseconds(60));
        return bench.Uses(TimeSpan.FromMinutes(13), 7);
    }

    // The policy reports that it has learned something, though a wake from Running adds nothing to what it knows.
    private static void Learn(PolicyBench bench) => bench.Policy.NoteWake("hello", Tier.Running, TimeSpan.Zero);

    private void Save(PolicyBench bench)
    {
        using var file = new StateFile(bench.Policy, Path, bench.Clock, _logger);
        Learn(bench);
    }
}
