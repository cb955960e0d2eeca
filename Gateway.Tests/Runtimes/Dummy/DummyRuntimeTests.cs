using System.Net;
using Gateway.Configuration;
using Gateway.Lab.Hosts;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Tests.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Runtimes.Dummy;

/// <summary>A runtime that the gateway has never heard of, added by this folder and the line of <see cref="_runtimes"/>, in the real gateway.</summary>
public sealed class DummyRuntimeTests : IAsyncDisposable
{
    private const string Function = "Gateway:Functions:hello";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly int _admin = Given.FreePort(IPAddress.Loopback);
    private readonly int _listen = Given.FreePort(IPAddress.Loopback);
    private readonly HttpClient _client = new();
    private readonly DummyModule _dummy = new();
    private readonly IReadOnlyList<IRuntimeModule> _runtimes;
    private IHostApplicationLifetime? _lifetime;
    private Task<int>? _gateway;

    public DummyRuntimeTests() => _runtimes = [.. RuntimeModules.All, _dummy];

    public async ValueTask DisposeAsync()
    {
        _lifetime?.StopApplication();
        await (_gateway ?? Task.FromResult(0)).WaitAsync(Patience);
        _client.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Request_WakesIt_WhenItSaysItselfThatItIsReady()
    {
        await StartAsync("\"Word\": \"hello\"");
        var answer = GetAsync();
        var instance = await InstanceAsync(0);
        await instance.Asked.WaitAsync(Patience);

        // It takes connections by now, and nobody has tried one.
        Assert.Equal((Tier.Running, 0, false), (instance.Tier, instance.Connections, answer.IsCompleted));
        instance.BecomeReady();

        Assert.Equal("hello!", await answer);
        Assert.Equal(1, instance.Connections);
    }

    [Fact]
    public async Task Request_ReadyPath_IsAskedOnceItIsReady()
    {
        await StartAsync("\"Word\": \"hello\", \"Ready\": { \"Path\": \"/healthz\" }");
        var answer = GetAsync();
        var instance = await InstanceAsync(0);
        await instance.Asked.WaitAsync(Patience);
        Assert.Equal(0, instance.Connections);
        instance.BecomeReady();

        Assert.Equal("hello!", await answer);
        Assert.Equal(2, instance.Connections);
    }

    [Fact]
    public async Task Idle_RestsInATierOfItsOwn_AndGoesOnFromThere()
    {
        await StartAsync("\"Word\": \"hello\", \"Idle\": { \"After\": \"00:00:00.1\", \"Tier\": \"Initialized\" }");

        // The tier is one that is had ahead of the first request.
        var instance = await InstanceAsync(0);
        await Eventually.True(() => instance.Tier == Tier.Initialized);
        instance.BecomeReady();
        Assert.Equal("hello!", await GetAsync());
        await Eventually.True(() => instance.Tier == Tier.Initialized);

        Assert.Equal("hello!", await GetAsync());
        Assert.Single(_dummy.Made!.Instances);
    }

    [Fact]
    public async Task Memory_IsWhatItSays()
    {
        await StartAsync("\"Word\": \"hello\"", gateway: "\"Memory\": { \"Budget\": \"1GiB\" }");
        var answer = GetAsync();
        (await InstanceAsync(0)).BecomeReady();
        await answer;

        await Eventually.True(async () => await MemoryAsync() == DummyInstance.Memory);
    }

    [Fact]
    public async Task Reload_AnotherWord_ReplacesTheInstance_AnotherTimeoutDoesNot()
    {
        await StartAsync("\"Word\": \"hello\"");
        var answer = GetAsync();
        var before = await InstanceAsync(0);
        before.BecomeReady();
        await answer;
        await ReloadAsync("\"Word\": \"hello\", \"Hold\": { \"Timeout\": \"00:00:20\" }");
        Assert.Equal("hello!", await GetAsync());
        Assert.False(before.Exited.IsCompleted);

        await ReloadAsync("\"Word\": \"bye\"");
        await before.Exited.WaitAsync(Patience);
        answer = GetAsync();
        (await InstanceAsync(1)).BecomeReady();

        Assert.Equal("bye!", await answer);
        Assert.Equal(2, _dummy.Made!.Instances.Count);
    }

    [Theory]
    [InlineData("\"Word\": \"hello\", \"Port\": 81", $"{Function}:Port: unknown key; known here: Runtime, Word, Listen, Sni, SendProxyProtocol, Direct, Route, SynId, WakeOn, Access, Protocol, Ready, Hold, Async, ActivityTimeout, Idle, Scale, DependsOn, Group, Excludes, Split.")]
    [InlineData("\"Word\": \"hello\", \"Words\": \"x\"", $"{Function}:Words: unknown key; did you mean 'Word'?")]
    [InlineData("\"Word\": \"a b\"", $"{Function}:Word: 'a b' is not a word; use letters.")]
    [InlineData("\"Idle\": {}", $"{Function}: no Word; a Dummy function needs a word to say, e.g. \"Word\": \"hello\".")]
    [InlineData("\"Word\": \"hello\", \"Idle\": { \"Tier\": \"Paused\" }", $"{Function}:Idle:Tier: 'Paused' cannot be had from the runtime Dummy, which has Running, Initialized, Stopped.")]
    [InlineData("\"Word\": \"hello\", \"Idle\": { \"KeepAliveTier\": \"Paused\" }", $"{Function}:Idle:KeepAliveTier: 'Paused' cannot be had from the runtime Dummy, which has Running, Initialized, Stopped.")]
    [InlineData("\"Word\": \"hello\", \"Idle\": { \"Deepest\": \"Paused\" }", $"{Function}:Idle:Deepest: 'Paused' cannot be had from the runtime Dummy, which has Running, Initialized, Stopped.")]
    [InlineData("\"Word\": \"hello\", \"Idle\": { \"Shallowest\": \"Paused\" }", $"{Function}:Idle:Shallowest: 'Paused' cannot be had from the runtime Dummy, which has Running, Initialized, Stopped.")]
    [InlineData("\"Word\": \"hello\"", "Gateway:Dummy:Mar: unknown key; did you mean 'Mark'?", "\"Dummy\": { \"Mar\": \"!\" }")]
    public async Task Start_AMistakeInItsKeys_IsToldInASentence(string function, string expected, string gateway = "")
    {
        Write(function, gateway);

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => GatewayHost.RunAsync(Builder(), _runtimes));

        Assert.Equal([expected], error.Errors.Select(one => one.ToString()));
    }

    [Theory]
    [InlineData("\"Dumy\"", $"{Function}:Runtime: 'Dumy' is not one of Process, Docker, Podman, Dummy; did you mean 'Dummy'?")]
    [InlineData("\"Swarm\"", $"{Function}:Runtime: 'Swarm' is not built yet; use Process, Docker, Podman or Dummy.")]
    [InlineData("null", $"{Function}: no Runtime; add \"Runtime\": \"Process\", \"Docker\", \"Podman\" or \"Dummy\".")]
    public void Runtime_Mistakes_NameItBesideTheOthers(string written, string expected)
    {
        var json = $$"""{ "Gateway": { "Functions": { "hello": { "Runtime": {{written}}, "Word": "hello" } } } }""";

        Assert.Equal([expected], ConfigurationReader.TryRead(Given.Json(json), _runtimes).Errors.Select(error => error.ToString()));
    }

    private void Write(string function, string gateway) => _directory.Write("appsettings.json", $$"""
        { "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:{{_admin}}" }, {{gateway}} {{(gateway.Length == 0 ? "" : ",")}}
            "Functions": { "hello": { "Runtime": "dummy", "Listen": ["http://127.0.0.1:{{_listen}}"], {{function}} } } } }
        """);

    private WebApplicationBuilder Builder()
    {
        var builder = GatewayConfiguration.CreateBuilder(["--contentRoot", _directory.Path]);
        builder.Logging.ClearProviders();
        return builder;
    }

    private async Task StartAsync(string function, string gateway = "")
    {
        Write(function, gateway.Length == 0 ? "\"Dummy\": { \"Mark\": \"!\" }" : gateway + ", \"Dummy\": { \"Mark\": \"!\" }");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = Builder();
        builder.Services.AddHostedService(services => new Observer(_lifetime = services.GetRequiredService<IHostApplicationLifetime>(), started));

        // Not in the tests' synchronization context, which a gateway never has.
        _gateway = Task.Run(() => GatewayHost.RunAsync(builder, _runtimes));
        await (await Task.WhenAny(started.Task, _gateway)).WaitAsync(Patience);
    }

    private async Task ReloadAsync(string function)
    {
        var before = await ReloadsAsync();
        Write(function, "\"Dummy\": { \"Mark\": \"!\" }");
        await Eventually.True(async () => await ReloadsAsync() > before);
    }

    private async Task<double> ReloadsAsync() => (await MetricsAsync()).Sum("gateway_config_reloads_total", ("outcome", "Applied"));

    private async Task<double> MemoryAsync() => (await MetricsAsync()).Sum("gateway_instance_memory_bytes", ("function", "hello"));

    private async Task<MetricsSnapshot> MetricsAsync() => MetricsSnapshot.Parse(await _client.GetStringAsync(new Uri($"http://127.0.0.1:{_admin}/metrics")));

    private Task<string> GetAsync() => _client.GetStringAsync(new Uri($"http://127.0.0.1:{_listen}/")).WaitAsync(Patience);

    private async Task<DummyInstance> InstanceAsync(int number)
    {
        await Eventually.True(() => _dummy.Made!.Instances.Count > number);
        return _dummy.Made!.Instances.ElementAt(number);
    }

    /// <summary>Says when the gateway listens, and lets it be ended.</summary>
    private sealed class Observer(IHostApplicationLifetime lifetime, TaskCompletionSource started) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.ApplicationStarted.Register(started.SetResult);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
