using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Runtimes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>A real file, a real Kestrel: listeners come and go with the file, and stay through a bad one.</summary>
public sealed class ReloadTests : IAsyncDisposable
{
    private static readonly IPAddress Address = IPAddress.Parse("127.0.77.2");
    private readonly TemporaryDirectory _directory = new();
    private readonly int _admin = Given.FreePort(Address);
    private readonly int _one = Given.FreePort(Address);
    private readonly int _two = Given.FreePort(Address);
    private readonly RecordingLogger _log = new();
    private WebApplication? _app;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Listen_AddedMovedToAnEndpointAndRemoved_KestrelFollows()
    {
        var monitor = await StartAsync(Listen(_one));
        await ConnectsAsync(_admin);
        await ConnectsAsync(_one);
        await RefusesAsync(_two);

        await ChangeAsync(monitor, Listen(_one, _two));
        await ConnectsAsync(_two);

        // The address changes hands in one reload: Kestrel must not open it for the one before the other has let go.
        await ChangeAsync(monitor, Listen(_one), $$"""{ "public": { "Url": "http://{{Address}}:{{_two}}" } }""");
        await ConnectsAsync(_two);

        // Nothing of the gateway's own changes now, so the monitor has nothing to tell; Kestrel has.
        Write(Listen(_one), "{}");
        await RefusesAsync(_two);
        await ConnectsAsync(_one);
    }

    [Fact]
    public async Task File_BrokenThenGood_KeepsListeningAndFollowsAgain()
    {
        var monitor = await StartAsync(Listen(_one));
        var first = monitor.Current;

        var logged = _log.Wait("ConfigurationRejected");
        _directory.Write("appsettings.json", "{ \"Gateway\": { \"Functions\": {");
        await logged;
        Assert.Same(first, monitor.Current);
        await ConnectsAsync(_one);

        await ChangeAsync(monitor, Listen(_two));
        await ConnectsAsync(_two);
        await RefusesAsync(_one);
    }

    [Fact]
    public async Task File_Gone_KeepsListening()
    {
        var monitor = await StartAsync(Listen(_one));
        var first = monitor.Current;

        var logged = _log.Wait("ConfigurationRejected");
        File.Delete(_directory.File("appsettings.json"));
        await logged;

        Assert.Same(first, monitor.Current);
        await ConnectsAsync(_one);
    }

    private static string Listen(params int[] ports) => string.Join(", ", ports.Select(port => $"\"http://{Address}:{port}\""));

    private void Write(string listen, string endpoints) => _directory.Write("appsettings.json",
        $$"""
        { "Gateway": {
            "Admin": { "Url": "http://{{Address}}:{{_admin}}" },
            "Functions": { "hello": { "Runtime": "Process", "Command": ["./hello"], "Listen": [{{listen}}] } } },
          "Kestrel": { "Endpoints": {{endpoints}} } }
        """);

    private async Task<ConfigurationMonitor> StartAsync(string listen)
    {
        Write(listen, "{}");
        var builder = GatewayConfiguration.CreateBuilder(["--contentRoot", _directory.Path]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILogger<ConfigurationMonitor>>(_log);
        builder.AddGatewayConfiguration(RuntimeModules.All, out _);
        _app = builder.Build();
        _app.MapGet("/", () => "hello");
        await _app.StartAsync(TestContext.Current.CancellationToken);
        return _app.Services.GetRequiredService<ConfigurationMonitor>();
    }

    private async Task ChangeAsync(ConfigurationMonitor monitor, string listen, string endpoints = "{}")
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = monitor.GetChangeToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        Write(listen, endpoints);
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    // Kestrel rebinds on a thread of its own and tells nobody when it is done, so these two ask until it is so.
    private static Task ConnectsAsync(int port) => UntilAsync(port, connects: true);

    private static Task RefusesAsync(int port) => UntilAsync(port, connects: false);

    private static async Task UntilAsync(int port, bool connects)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(30));
        while (await TryConnectAsync(port, timeout.Token) != connects)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
        }
    }

    private static async Task<bool> TryConnectAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(Address, port), cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
