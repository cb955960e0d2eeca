using System.Collections.Frozen;
using Gateway.Activation;
using Gateway.Activation.Trust;
using Gateway.Admin.Webhooks;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Forwarding.Async;
using Gateway.Idle;
using Gateway.Listening;
using Gateway.Signals;
using Gateway.Signals.Direct;
using Gateway.Telemetry.Export;

namespace Gateway;

/// <summary>
/// Applies a changed configuration. New parts are added from the inside out: functions, then their clusters, then the names and addresses that
/// lead to them, so that no request comes for a cluster that YARP does not know yet. Then functions to which nothing leads any more are retired.
/// One change is applied at a time.
/// </summary>
internal sealed class ConfigurationFollower : IDisposable
{
    private readonly ConfigurationMonitor _monitor;
    private readonly FunctionRegistry _registry;
    private readonly FunctionClusters _clusters;
    private readonly Listeners _listeners;
    private readonly HostNames _hostNames;
    private readonly KernelAddresses _addresses;
    private readonly DirectConnections _direct;
    private readonly RestPolicy _rest;
    private readonly TrustJudge _trust;
    private readonly OpenConnections _connections;
    private readonly MetricsExporter _export;
    private readonly WebhookObserver _webhooks;
    private readonly AsyncRequests _later;
    private readonly SteeredSockets _sockets;
    private readonly IConfiguration _configuration;
    private readonly ILogger _logger;
    private readonly IDisposable _subscription;
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private Task _reverts = Task.CompletedTask;

    public ConfigurationFollower(IServiceProvider services, ILogger logger)
    {
        _monitor = services.GetRequiredService<ConfigurationMonitor>();
        _registry = services.GetRequiredService<FunctionRegistry>();
        _clusters = services.GetRequiredService<FunctionClusters>();
        _listeners = services.GetRequiredService<Listeners>();
        _hostNames = services.GetRequiredService<HostNames>();
        _addresses = services.GetRequiredService<KernelAddresses>();
        _direct = services.GetRequiredService<DirectConnections>();
        _rest = services.GetRequiredService<RestPolicy>();
        _trust = services.GetRequiredService<TrustJudge>();
        _connections = services.GetRequiredService<OpenConnections>();
        _export = services.GetRequiredService<MetricsExporter>();
        _webhooks = services.GetRequiredService<WebhookObserver>();
        _later = services.GetRequiredService<AsyncRequests>();
        _configuration = services.GetRequiredService<IConfiguration>();
        _logger = logger;
        _sockets = services.GetRequiredService<SteeredSockets>();
        _sockets.BindFailed += OnBindFailed;
        _export.Update(_monitor.Current.MetricsExport);
        _webhooks.Update(_monitor.Current.Webhooks);
        _later.Update(_monitor.Current);
        // The kernel knows the addresses of the start.
        _direct.EndChange(_registry.All, _monitor.Current);
        _subscription = _monitor.OnChange((before, now) => Queue(() => FollowAsync(before, now)));
    }

    /// <summary>Waits until every part follows what was put in use before, or what a part could not follow is taken back everywhere.</summary>
    public async Task WhenDoneAsync()
    {
        while (true)
        {
            var (last, reverts) = Pending();
            await last;
            await reverts;
            // One leads to the other: a part that fails has the change taken back, which is a change that all parts follow.
            if ((last, reverts) == Pending())
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        _sockets.BindFailed -= OnBindFailed;
        _subscription.Dispose();
    }

    // Kestrel does not report that a new endpoint of a reload cannot be opened. It asks for the socket while the monitor publishes the change.
    private void OnBindFailed(object? sender, BindFailedEventArgs e) =>
        Revert(failed => $"{BindErrors.PathOf(e.Endpoint, failed, _configuration)}: the system does not let this process listen on {e.Endpoint}: {e.Error.Message}.");

    // This runs on another thread: the monitor calls its listeners first, and only then makes the new configuration the current one.
    private void Revert(Func<GatewayOptions, string> reason)
    {
        lock (_gate)
        {
            _reverts = RunAsync(_reverts, () => Task.Run(() =>
            {
                var failed = _monitor.Settled;
                var sentence = reason(failed);
                if (!_monitor.Revert(failed, sentence))
                {
                    HostLog.NotFollowed(_logger, sentence);
                }
            }));
        }
    }

    private (Task Last, Task Reverts) Pending()
    {
        lock (_gate)
        {
            return (_last, _reverts);
        }
    }

    private void Queue(Func<Task> change)
    {
        lock (_gate)
        {
            _last = RunAsync(_last, change);
        }
    }

    private async Task RunAsync(Task before, Func<Task> change)
    {
        await before;
        try
        {
            await change();
        }
        catch (Exception error)
        {
            HostLog.NotFollowed(_logger, error.Message);
        }
    }

    private async Task FollowAsync(GatewayOptions before, GatewayOptions now)
    {
        FollowTrust(before, now);
        _export.Update(now.MetricsExport);
        _webhooks.Update(now.Webhooks);
        var change = _registry.Change(now);
        try
        {
            // While names and addresses move, both the old and the new functions have their clusters, so that every request finds one.
            if (await _clusters.UpdateAsync(Both(before, now)) is { } refused)
            {
                Revert(_ => $"ReverseProxy: YARP does not take it: {refused.Message}");
            }

            _connections.Update(now);
            _direct.BeginChange(now);
            _listeners.Update(now);
            _hostNames.Update(now);
            // Taken addresses were refused before. These were taken since then.
            foreach (var sentence in BindErrors.Taken(now, _addresses.Update(_registry.All, now)))
            {
                HostLog.AddressTaken(_logger, sentence);
            }
        }
        finally
        {
            _direct.EndChange(_registry.All, now);
            _ = change.Retire();
            _rest.Keep(now.Functions.ContainsKey);
        }

        await _clusters.UpdateAsync(now);
        // What is found in a folder is sent by its route, so the routes come first.
        _later.Update(now);
        HostLog.Followed(_logger, now.Functions.Count);
    }

    private void FollowTrust(GatewayOptions before, GatewayOptions now)
    {
        if (before.Trust == now.Trust)
        {
            return;
        }

        _trust.Update(now.Trust);
        foreach (var function in _registry.All)
        {
            function.TakeTrust();
        }
    }

    private static GatewayOptions Both(GatewayOptions before, GatewayOptions now) =>
        before.Functions.Keys.All(now.Functions.ContainsKey) ? now
        : now with { Functions = now.Functions.Concat(before.Functions.Where(pair => !now.Functions.ContainsKey(pair.Key))).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) };
}
