using Gateway.Configuration;
using Gateway.Runtimes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>The monitor with a configuration in memory and a time that only the test moves.</summary>
public sealed class ConfigurationMonitorTests : IDisposable
{
    private readonly ToldProvider _written = new(Given.Process("\"Listen\": [\"http://*:81\"]"));
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger _log = new();
    private readonly List<(GatewayOptions Old, GatewayOptions New)> _changes = [];
    private readonly ConfigurationMonitor _monitor;

    public ConfigurationMonitorTests()
    {
        _monitor = new ConfigurationMonitor(FirstRead.Of(_written.Root(), RuntimeModules.All), _time, _log);
        _monitor.OnChange((old, good) => _changes.Add((old, good)));
    }

    public void Dispose() => _monitor.Dispose();

    [Fact]
    public void Change_GoodThenBadThenGood_KeepsTheLastGood()
    {
        var first = _monitor.Current;

        Write("Port", "82");
        Rest();
        var second = _monitor.Current;
        Assert.Equal(82, second.Functions["hello"].Run.Port);
        Assert.Equal([(first, second)], _changes);

        Write("Port", "x");
        Write("Prot", "1");
        Rest();
        Assert.Same(second, _monitor.Current);
        Assert.Single(_changes);
        var (level, id, text) = Assert.Single(_log.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Equal((LogLevel.Error, "ConfigurationRejected"), (level, id.Name));
        Assert.Contains("Gateway:Functions:hello:Port: 'x' is not a whole number", text, StringComparison.Ordinal);
        Assert.Contains("Gateway:Functions:hello:Prot: unknown key", text, StringComparison.Ordinal);

        Write("Port", "83");
        Write("Prot", null);
        Rest();
        Assert.Equal(83, _monitor.Current.Functions["hello"].Run.Port);
        Assert.Equal([(first, second), (second, _monitor.Current)], _changes);
        Assert.Equal(["ConfigurationApplied", "ConfigurationRejected", "ConfigurationApplied"], _log.Names);
    }

    [Fact]
    public void Change_NoFunctionsAnyMore_IsRefusedUnlessSaidSo()
    {
        var outcomes = new List<ReloadOutcome>();
        _monitor.Reloaded += outcomes.Add;
        foreach (var key in (string[])["Runtime", "Command:0", "Listen:0"])
        {
            Write(key, null);
        }

        Rest();
        Assert.Single(_monitor.Current.Functions);
        Assert.Contains(_log.Entries, entry => entry.Text.Contains("Gateway:Functions: there are no functions any more, and 1 is in use", StringComparison.Ordinal));

        // As a JSON file has {}.
        _written.WriteNull("Gateway:Functions");
        Rest();
        Assert.Empty(_monitor.Current.Functions);
        Assert.Equal([ReloadOutcome.Rejected, ReloadOutcome.Applied], outcomes);
    }

    [Fact]
    public void Change_RoutesAlone_IsAChange()
    {
        _written.Write("ReverseProxy:Routes:r:ClusterId", "hello");
        _written.Write("ReverseProxy:Routes:r:Match:Path", "/x");
        Rest();

        Assert.Equal("/x", Assert.Single(Assert.Single(_changes).New.Proxy.Routes).Match.Path);
        Assert.Contains("ConfigurationApplied", _log.Names);
    }

    [Fact]
    public void Veto_ARefusedChange_ChangesNothing()
    {
        var (first, kestrel) = (_monitor.Current, Urls());
        _monitor.Veto = (old, now) => ReferenceEquals(old, first) && now.Functions["hello"].Run.Port == 82 ? [new ConfigurationError("Gateway:x", "cannot be.")] : [];
        Write("Port", "82");
        Write("Listen:0", "http://*:83");
        Rest();

        Assert.Same(first, _monitor.Current);
        Assert.Equal(kestrel, Urls());
        Assert.Empty(_changes);
        Assert.Equal(["ConfigurationRejected"], _log.Names);
    }

    [Fact]
    public void Revert_WhatIsInUse_GoesBackEverywhereAndIsTriedAgain()
    {
        var outcomes = new List<ReloadOutcome>();
        _monitor.Reloaded += outcomes.Add;
        var (first, kestrel) = (_monitor.Current, Urls());
        Write("Listen:0", "http://*:82");
        Rest();
        var failed = _monitor.Current;

        Assert.True(_monitor.Revert(failed, "Kestrel:x: it cannot be."));
        Assert.Same(first, _monitor.Current);
        Assert.Equal(kestrel, Urls());
        Assert.Equal([(first, failed), (failed, first)], _changes);
        Assert.Contains(_log.Entries, entry => entry.Text == "A new configuration could not be put in use: Kestrel:x: it cannot be. The last good one is in use again.");

        // Once only, and not when another has come.
        Assert.False(_monitor.Revert(failed, "again"));
        Write("Listen:0", "http://*:82");
        Rest();
        Assert.Equal(82, Assert.Single(_monitor.Current.Functions["hello"].Listen).Port);
        Assert.False(_monitor.Revert(failed, "late"));
        Assert.Equal([ReloadOutcome.Applied, ReloadOutcome.Failed, ReloadOutcome.Applied], outcomes);
    }

    [Fact]
    public void Change_BadToTheSame_SaysThatItIsGoodAgain()
    {
        Write("Port", "82");
        Rest();
        Write("Port", "x");
        Rest();
        Write("Port", "82");
        Rest();

        Assert.Single(_changes);
        Assert.Equal(["ConfigurationApplied", "ConfigurationRejected", "ConfigurationGoodAgain"], _log.Names);
    }

    [Fact]
    public void Change_OfWhatIsReadAtTheStartOnly_AsksForARestart()
    {
        _written.Write("Gateway:Budget:Concurrent", "3");
        Write("Port", "82");
        Rest();

        Assert.Equal(["ConfigurationApplied", "ConfigurationNeedsRestart"], _log.Names);
        Assert.Contains(_log.Entries, entry => entry.Text.StartsWith("Gateway:Budget has changed", StringComparison.Ordinal));
    }

    [Fact]
    public void Change_SameBadTwice_IsLoggedOnce()
    {
        Write("Port", "x");
        Rest();
        Write("Port", "x");
        Rest();

        Assert.Equal(["ConfigurationRejected"], _log.Names);
    }

    [Fact]
    public void Change_Burst_IsReadOnceAfterItHasRested()
    {
        for (var port = 100; port < 105; port++)
        {
            Write("Port", $"{port}");
            _time.Advance(ConfigurationMonitor.Quiet - TimeSpan.FromMilliseconds(1));
            Assert.Empty(_changes);
        }

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(104, Assert.Single(_changes).New.Functions["hello"].Run.Port);
    }

    [Fact]
    public void Change_ThatNeverRests_IsReadAfterASecond()
    {
        for (var port = 100; port < 122; port++)
        {
            Write("Port", $"{port}");
            _time.Advance(ConfigurationMonitor.Quiet / 2);
        }

        // 20 changes of 50 ms are one second.
        Assert.Single(_changes);
    }

    [Fact]
    public void Change_OfNothingOfOurs_IsNoChange()
    {
        var token = _monitor.GetChangeToken();
        _written.Write("Logging:LogLevel:Default", "Debug");
        Rest();

        Assert.Empty(_changes);
        Assert.False(token.HasChanged);
    }

    [Fact]
    public void GetChangeToken_AfterAChange_HasChangedWithTheNewInPlace()
    {
        var token = _monitor.GetChangeToken();
        int? seen = null;
        token.RegisterChangeCallback(_ => seen = _monitor.Current.Functions["hello"].Run.Port, null);

        Write("Port", "82");
        Rest();

        Assert.Equal(82, seen);
        Assert.True(token.HasChanged);
        Assert.False(_monitor.GetChangeToken().HasChanged);
    }

    [Fact]
    public void OnChange_ListenerThrows_OthersAreCalledAndItIsLogged()
    {
        var called = 0;
        _monitor.OnChange((_, _) => throw new InvalidOperationException("mine"));
        _monitor.OnChange((_, _) => called++);

        Write("Port", "82");
        Rest();

        Assert.Equal(1, called);
        Assert.Contains("ConfigurationListenerFailed", _log.Names);
    }

    [Fact]
    public void OnChange_Disposed_IsNotCalled()
    {
        var called = 0;
        _monitor.OnChange((_, _) => called++).Dispose();

        Write("Port", "82");
        Rest();

        Assert.Equal(0, called);
        Assert.Single(_changes);
    }

    [Fact]
    public void OnChange_KestrelsEndpoints_AreThereAlready()
    {
        string?[] seen = [];
        var tokens = 0;
        _monitor.OnChange((_, _) => seen = Urls());
        Microsoft.Extensions.Primitives.ChangeToken.OnChange(_monitor.Validated.Kestrel.GetReloadToken, () => tokens++);

        Assert.Equal(["http://127.0.0.1:9090", "http://*:81"], Urls());
        Write("Listen:0", "http://*:82");
        Rest();
        Assert.Equal(["http://127.0.0.1:9090", "http://*:82"], seen);
        Assert.Equal(1, tokens);

        Write("Listen:0", "http://*:9090");
        Rest();
        Assert.Equal(["http://127.0.0.1:9090", "http://*:82"], Urls());

        Write("Listen:0", "http://*:82");
        Write("Port", "500");
        Rest();
        Assert.Equal(2, _changes.Count);
        Assert.Equal(1, tokens);
    }

    [Fact]
    public void Change_BetweenTheFirstReadAndTheMonitor_IsNotLost()
    {
        var first = FirstRead.Of(_written.Root(), RuntimeModules.All);
        Write("Port", "82");

        using var monitor = new ConfigurationMonitor(first, _time, _log);
        Rest();

        Assert.Equal(82, monitor.Current.Functions["hello"].Run.Port);
    }

    [Fact]
    public async Task StartAsync_Warnings_AreLogged()
    {
        using var monitor = new ConfigurationMonitor(FirstRead.Of(Given.Json(Given.Process()), RuntimeModules.All), _time, _log);
        await monitor.StartAsync(TestContext.Current.CancellationToken);

        var (level, _, text) = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith("Gateway:Functions:hello: nothing leads to it", text, StringComparison.Ordinal);
    }

    private string?[] Urls() => [.. _monitor.Validated.Kestrel.GetSection("Endpoints").GetChildren().Select(endpoint => endpoint["Url"])];

    private void Rest() => _time.Advance(ConfigurationMonitor.Quiet);

    private void Write(string key, string? value) => _written.Write($"Gateway:Functions:hello:{key}", value);
}

/// <summary>A provider that reports every change, as that of a file does.</summary>
internal sealed class ToldProvider : ConfigurationProvider, IConfigurationSource
{
    public ToldProvider(string json)
    {
        foreach (var (key, value) in Given.Json(json).AsEnumerable().Where(pair => pair.Value is not null))
        {
            Data[key] = value;
        }
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public IConfigurationRoot Root() => new ConfigurationBuilder().Add(this).Build();

    /// <summary>Writes null, which is what a JSON file has for {}.</summary>
    public void WriteNull(string key)
    {
        Data[key] = null;
        OnReload();
    }

    /// <summary>Writes a value. Null removes the key.</summary>
    public void Write(string key, string? value)
    {
        if (value is null)
        {
            Data.Remove(key);
        }
        else
        {
            Data[key] = value;
        }

        OnReload();
    }
}
