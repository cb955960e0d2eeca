using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Engines.Networks;
using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Engines;

/// <summary>Holds what an instance needs from the runtime that made it.</summary>
/// <param name="Live">The instances by the id of their container, for the events.</param>
/// <param name="CgroupRoot">The mount point of cgroup v2, or null if there is none.</param>
internal sealed record InstanceContext(
    EngineClient Engine,
    EngineContainers Containers,
    IContainerStore Pool,
    KeptNetworks Networks,
    ContainerSpec Spec,
    EngineFacts Facts,
    ConcurrentDictionary<string, EngineInstance> Live,
    BackgroundWork Work,
    string? CgroupRoot,
    EarlyThaw EarlyThaw,
    ContainerPrograms Programs,
    TimeProvider Time,
    ILogger Logger)
{
    /// <summary>Gets the owner, which is told when somebody else has moved an instance, or null if there is none.</summary>
    public IInstanceOwner? Owner { get; init; }

    /// <summary>Gets the action that looks at a container that no instance uses any more, in case somebody else has started it again.</summary>
    public Action<string> Look { get; init; } = static _ => { };

    /// <summary>Gets the containers' gates, or null if no container has one.</summary>
    public IGates? Gates { get; init; }

    /// <summary>Gets the count of the engine's containers that wait behind their gates.</summary>
    public WaitingPlaces Places { get; init; } = new();

    /// <summary>Gets the action that looks whether the function's tiers are others now.</summary>
    public Action<ContainerSpec?> TellTiers { get; init; } = static _ => { };

    /// <summary>Gets what pushes the instance's memory out to swap.</summary>
    public required Pager Pager { get; init; }

    public FunctionOptions Function => Spec.Function;

    /// <summary>Notes that the engine does not start containers of the function with a gate.</summary>
    public void RefuseGate(string why)
    {
        Pool.RefuseGate(why);
        TellTiers(Pool.Spec);
    }

    /// <summary>Returns why the container cannot be started with its gate, in one sentence without a full stop, or null if its start failed for another reason.</summary>
    public string? WhyNoGate(Container container, Exception failure) => (container.Gate, failure) switch
    {
        (_, GateRefusedException refused) => refused.Message,
        ({ } gate, DockerApiException refusal) when Gates!.IsMeant(gate, refusal) => GateRefusedException.WordsOf(refusal),
        _ => null,
    };

    /// <summary>Returns the time that the container's program may take to end.</summary>
    /// <param name="somebodyWaits">A task that completes when a request waits for the next start.</param>
    public StopGrace GraceOf(Container container, Task somebodyWaits)
    {
        // A reload may have changed the time without a new container.
        var written = (Pool.Spec ?? Spec).Run.StopTimeout;
        return new StopGrace(
            written ?? Spec.Users?.StopTimeout ?? ProgramReader.DefaultStopTimeout,
            Programs.Ignores(container.Id, Spec.Image.StopSignal),
            // What a user's own container has to lose is not known.
            written is null && !Spec.IsUsers && !Spec.Volumes.Keeps ? somebodyWaits : null,
            Time);
    }

    /// <summary>Gets the address at which a program on the engine's own network will listen, or null if the engine chooses the address.</summary>
    public IPEndPoint? FixedEndpoint => Spec.OnHostNetwork ? new IPEndPoint(Facts.HostAddress, Spec.Port) : null;

    /// <summary>Returns the address at which the container's program listens, after the engine has given the container one.</summary>
    /// <exception cref="RuntimeException">The container has no address.</exception>
    public IPEndPoint EndpointOf(ContainerInspectResponse container) => FixedEndpoint ?? new IPEndPoint(
        ContainerAddress.Of(container, Spec.Run.Network) ?? throw (Spec.Users is { } users ? EngineErrors.NoAddress(Function, users.NetworkMode) : EngineErrors.NoAddress(Function)), Spec.Port);

    /// <summary>Returns the address on the container's kept network, or null if it has none. Mostly that needs no call.</summary>
    public async ValueTask<IPEndPoint?> KeptEndpointAsync(Container container, CancellationToken cancellationToken) =>
        container.Network is { } network && await Networks.AddressAsync(Function, network, cancellationToken) is { } address ? new IPEndPoint(address, Spec.Port) : null;

    /// <summary>Starts the container. It is not an error if it runs already. Returns false if the engine does not have it (any more).</summary>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    public Task<bool> TryStartAsync(Container container) =>
        container.Network is { } network ? TryStartOnAsync(network, container) : TryStartAloneAsync(container);

    /// <summary>Starts a container on its kept network, which is made again if it was lost. Returns false if it cannot be.</summary>
    private async Task<bool> TryStartOnAsync(string network, Container container)
    {
        if (!Networks.Ledger.Find(network).Stands && await RestoreAsync(network) == KeptNetworkState.Gone)
        {
            return false;
        }

        try
        {
            // Docker calls it a conflict if what is joined does not run, as it does if the container is being removed.
            if (await TryStartAloneAsync(container))
            {
                return true;
            }

            if (await RestoreAsync(network) != KeptNetworkState.Restored)
            {
                return false;
            }
        }
        catch (DockerApiException)
        {
            switch (await RestoreAsync(network))
            {
                case KeptNetworkState.Stands:
                    throw;
                case KeptNetworkState.Gone:
                    return false;
            }
        }

        return await TryStartAloneAsync(container);
    }

    private Task<KeptNetworkState> RestoreAsync(string network) => Networks.RestoreAsync(Function, network, Work.Lifetime);

    private async Task<bool> TryStartAloneAsync(Container container)
    {
        try
        {
            await Engine.CallAsync(
                client => client.Containers.StartContainerAsync(container.Id, null, Work.Lifetime), Work.Lifetime);
            return true;
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.Conflict)
        {
            // Somebody else is removing it.
            return false;
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // The network may be missing instead of the container, which an inspection finds out.
            if (await Containers.InspectAsync(container.Id, Work.Lifetime) is null)
            {
                return false;
            }

            throw;
        }
    }

    /// <summary>Gives back a container whose run is over. It rests, or is removed if it no longer fits.</summary>
    /// <param name="container">The container.</param>
    /// <param name="byOthers">Whether somebody else has ended the run.</param>
    public void Return(Container container, bool byOthers)
    {
        if (!Pool.Return(container, byOthers))
        {
            Work.Run("removing an outdated container", token => Pool.RemoveAsync(container, token));
        }
    }
}
