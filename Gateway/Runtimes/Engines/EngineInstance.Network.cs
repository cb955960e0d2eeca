using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Handles the loss of a kept network under a container that runs, whose program nobody reaches any more.</summary>
internal sealed partial class EngineInstance
{
    private async Task<bool> HasLostNetworkAsync(State state) =>
        _container.Network is { } network && !await _context.Networks.IsOfRunAsync(_context.Function, network, state.StartedAt, _context.Work.Lifetime);

    /// <summary>Ends the program, so that the next request has a new start. The event of its end reports it.</summary>
    private async Task EndWithoutNetworkAsync(int seen)
    {
        if (HasMovedSince(seen))
        {
            return;
        }

        EngineLog.NetworkNotKept(_context.Logger, _context.Function.Name, $"it was lost while container {_container.Id[..12]} was on it, which is ended and started anew for the next request");
        await MoveAsync(
            async () =>
            {
                await CatchUpToEndAsync();
                await _context.Containers.SignalAsync(_container.Id, "SIGKILL", _context.Work.Lifetime);
            },
            _context.Work.Lifetime);
    }
}
