using System.Net;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Handles the container's kept network, and its loss under a program that runs, which nobody reaches any more.</summary>
internal sealed partial class EngineInstance
{
    private async Task<IPEndPoint> EndpointOfAsync(ContainerInspectResponse found, State state, CancellationToken cancellationToken)
    {
        if (_container.Network is not { } network)
        {
            return _context.EndpointOf(await _context.Containers.WithNetworkAsync(found, cancellationToken));
        }

        if (await _context.Networks.AddressOfRunAsync(_context.Function, network, state.StartedAt, cancellationToken) is { } address)
        {
            return new IPEndPoint(address, _context.Spec.Port);
        }

        TellLostNetwork();
        await CatchUpToEndAsync();
        await _context.Containers.StopAsync(_container.Id, new StopGrace(TimeSpan.Zero, isIgnored: false), cancellationToken);
        Finish(ExitReport.Stopped(state), rests: true);
        throw new RuntimeException($"{EngineErrors.Path(_context.Function)}: its kept network was lost while it started; it is made anew for the next start");
    }

    private async Task<bool> HasLostNetworkAsync(State state) =>
        _container.Network is { } network && await _context.Networks.AddressOfRunAsync(_context.Function, network, state.StartedAt, _context.Work.Lifetime) is null;

    /// <summary>Ends the program, so that the next request has a new start. The event of its end reports it.</summary>
    private async Task EndWithoutNetworkAsync(int seen)
    {
        if (HasMovedSince(seen))
        {
            return;
        }

        await MoveAsync(
            async () =>
            {
                TellLostNetwork();
                await CatchUpToEndAsync();
                await _context.Containers.SignalAsync(_container.Id, "SIGKILL", _context.Work.Lifetime);
            },
            _context.Work.Lifetime);
    }

    private void TellLostNetwork() => EngineLog.NetworkNotKept(
        _context.Logger, _context.Function.Name, $"it was lost while container {_container.Id[..12]} was on it, which is ended; the next start has another one");
}
