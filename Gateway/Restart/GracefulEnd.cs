using Gateway.Configuration;
using Gateway.Listening;
using Microsoft.Extensions.Options;

namespace Gateway.Restart;

/// <summary>
/// What happens first when the gateway is told to end: it stops accepting, and waits a moment for the connections whose first request has yet to come. Then the host
/// stops Kestrel, which waits for the requests in flight.
/// </summary>
internal sealed class GracefulEnd(
    AcceptGate gate, YoungConnections young, Successor successor, ConfigurationMonitor configuration, IOptions<HostOptions> host, TimeProvider time) : IHostedLifecycleService, IDisposable
{
    private IDisposable? _changes;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // The host reads the limit when it begins to stop, which may be before anybody else learns of it.
        host.Value.ShutdownTimeout = configuration.Current.Restart.Drain;
        _changes = configuration.OnChange((_, now) => host.Value.ShutdownTimeout = now.Restart.Drain);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        successor.PrepareEnd();
        await (gate.KeepsSockets ? gate.PauseAsync() : gate.UnbindAsync());
        // A client that connected ahead and asks nothing does not tell that it never will.
        await Task.WhenAny(young.NoneAsync(), Task.Delay(YoungConnections.Longest, time, cancellationToken));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _changes?.Dispose();
}
