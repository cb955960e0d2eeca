using System.Net;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>The gates of an engine on this machine. All that is said to them is said by their pipes, and the engine is not asked.</summary>
internal sealed partial class GateDirectories : IGates
{
    string IGates.Identity => _root;

    bool IGates.ListensForProgram => false;

    string? IGates.WhyNot(ContainerRunOptions run, EngineFacts? facts) => WhyUnusable;

    void IGates.AddTo(CreateContainerParameters parameters, string gate, IReadOnlyList<string> program, int port)
    {
        // Not as a "bind", which would make a missing path of the engine's machine as an empty folder.
        parameters.HostConfig!.Mounts!.Add(new Mount { Type = "bind", Source = PathOf(gate), Target = Target, ReadOnly = true });
        parameters.Entrypoint = [Program];
        parameters.Cmd = [.. program];
    }

    // Its directory has all.
    Task IGates.FurnishAsync(string container, CancellationToken cancellationToken) => Task.CompletedTask;

    ValueTask<IDisposable?> IGates.PrepareAsync(Container container, bool letsThrough, CancellationToken cancellationToken)
    {
        Ensure(container.Gate!);
        return new(letsThrough ? TellAhead(container.Gate!) : null);
    }

    Task<bool> IGates.AwaitAsync(Container container, TimeSpan limit, CancellationToken cancellationToken) => AwaitAsync(container.Gate!, limit, cancellationToken);

    ValueTask<bool> IGates.IsWaitingAsync(Container container, CancellationToken cancellationToken) => new(IsWaiting(container.Gate!));

    ValueTask<bool> IGates.TryTellAsync(Container container, IPEndPoint endpoint, CancellationToken cancellationToken) => new(TryTell(container.Gate!));

    ValueTask<IDisposable?> IGates.TellAheadAsync(Container container, IPEndPoint endpoint, CancellationToken cancellationToken) => new(TellAhead(container.Gate!));
}
