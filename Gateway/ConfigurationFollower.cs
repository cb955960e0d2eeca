using System.Collections.Frozen;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Idle;
using Gateway.Listening;
using Gateway.Signals;

namespace Gateway;

/// <summary>
/// Puts a changed configuration in use, what comes from the inside out and what goes from the outside in: functions, then their clusters, then
/// the names and addresses that lead to them, so that no request comes for what YARP does not know yet; then those that nothing
/// leads to any more are retired. One change at a time.
/// </summary>
internal sealed class ConfigurationFollower : IDisposable
{
    private readonly ConfigurationMonitor _monitor;
    private readonly FunctionRegistry _registry;
    private readonly FunctionClusters _clusters;
    private readonly Listeners _listeners;
    private readonly HostNames _hostNames;
    private readonly KernelAddresses _addresses;
    private readonly RestPolicy _rest;
    private readonly SteeredSockets _sockets;
    private readonly IConfiguration _configuration;
    private readonly ILogger _logger;
    private readonly IDisposable _subscription;
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public ConfigurationFollower(IServiceProvider services, ILogger logger)
    {
        _monitor = services.GetRequiredService<ConfigurationMonitor>();
        _registry = services.GetRequiredService<FunctionRegistry>();
        _clusters = services.GetRequiredService<FunctionClusters>();
        _listeners = services.GetRequiredService<Listeners>();
        _hostNames = services.GetRequiredService<HostNames>();
        _addresses = services.GetRequiredService<KernelAddresses>();
        _rest = services.GetRequiredService<RestPolicy>();
        _configuration = services.GetRequiredService<IConfiguration>();
        _logger = logger;
        _sockets = services.GetRequiredService<SteeredSockets>();
        _sockets.BindFailed += OnBindFailed;
        _subscription = _monitor.OnChange((before, now) => Queue(() => FollowAsync(before, now)));
    }

    public void Dispose()
    {
        _sockets.BindFailed -= OnBindFailed;
        _subscription.Dispose();
    }

    // Kestrel says nothing when a reload's new endpoint cannot be opened. It asks for its socket while the monitor publishes.
    private void OnBindFailed(object? sender, BindFailedEventArgs e) =>
        Revert(failed => $"{BindErrors.PathOf(e.Endpoint, failed, _configuration)}: the system does not let this process listen on {e.Endpoint}: {e.Error.Message}.");

    // Not on this thread: the monitor waits for those that it tells, and only then has the new one as its current.
    private void Revert(Func<GatewayOptions, string> reason) => ThreadPool.QueueUserWorkItem(_ =>
    {
        var failed = _monitor.Settled;
        var sentence = reason(failed);
        if (!_monitor.Revert(failed, sentence))
        {
            HostLog.NotFollowed(_logger, sentence);
        }
    });

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
        var change = _registry.Change(now);
        try
        {
            // While names and addresses move from what goes to what comes, both have their clusters: no request finds neither.
            if (await _clusters.UpdateAsync(Both(before, now)) is { } refused)
            {
                Revert(_ => $"ReverseProxy: YARP does not take it: {refused.Message}");
            }

            _listeners.Update(now);
            _hostNames.Update(now);
            // Asked for before it was put in use; this is one that was taken since.
            foreach (var sentence in BindErrors.Taken(now, _addresses.Update(_registry.All, now)))
            {
                HostLog.AddressTaken(_logger, sentence);
            }
        }
        finally
        {
            _ = change.Retire();
            _rest.Keep(now.Functions.ContainsKey);
        }

        await _clusters.UpdateAsync(now);
        HostLog.Followed(_logger, now.Functions.Count);
    }

    private static GatewayOptions Both(GatewayOptions before, GatewayOptions now) =>
        before.Functions.Keys.All(now.Functions.ContainsKey) ? now
        : now with { Functions = now.Functions.Concat(before.Functions.Where(pair => !now.Functions.ContainsKey(pair.Key))).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) };
}
