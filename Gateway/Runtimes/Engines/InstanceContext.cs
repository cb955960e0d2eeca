using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>What an instance needs of the runtime that made it.</summary>
/// <param name="Live">Instances by the container that they mind, for the events.</param>
/// <param name="CgroupRoot">Where cgroup v2 is mounted, if it is.</param>
internal sealed record InstanceContext(
    EngineClient Engine,
    EngineContainers Containers,
    ContainerPool Pool,
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
    /// <summary>Who is told when somebody else has moved an instance; null: nobody.</summary>
    public IInstanceOwner? Owner { get; init; }

    /// <summary>A container that an instance minded may run, and be nobody's: somebody has started it again.</summary>
    public Action<string> Look { get; init; } = static _ => { };

    public FunctionOptions Function => Spec.Function;

    /// <summary>How long the container's program may take for its end.</summary>
    /// <param name="somebodyWaits">Completes when a request waits for what comes after it.</param>
    public StopGrace GraceOf(Container container, Task somebodyWaits)
    {
        // A reload may have changed it without a new container.
        var written = (Pool.Spec ?? Spec).Run.StopTimeout;
        return new StopGrace(
            written ?? ProgramReader.DefaultStopTimeout,
            Programs.Ignores(container.Id, Spec.Image.StopSignal),
            written is null && !Spec.Volumes.Keeps ? somebodyWaits : null,
            Time);
    }

    /// <summary>Where a program on the engine's own network will listen; null when the engine chooses the address.</summary>
    public IPEndPoint? FixedEndpoint => Spec.OnHostNetwork ? new IPEndPoint(Facts.HostAddress, Spec.Port) : null;

    /// <summary>Where the container's program listens, now that the engine has given it an address.</summary>
    /// <exception cref="RuntimeException">It has none.</exception>
    public IPEndPoint EndpointOf(ContainerInspectResponse container) => FixedEndpoint ?? new IPEndPoint(
        ContainerAddress.Of(container, Spec.Run.Network) ?? throw EngineErrors.NoAddress(Function), Spec.Port);

    /// <summary>Starts the container; one that runs is fine. False: the engine does not have it (any more).</summary>
    /// <exception cref="DockerApiException">The engine would not.</exception>
    public async Task<bool> TryStartAsync(Container container)
    {
        try
        {
            await Engine.CallAsync(
                client => client.Containers.StartContainerAsync(container.Id, null, Work.Lifetime), Work.Lifetime);
            return true;
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.Conflict)
        {
            // Somebody is removing it.
            return false;
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // It may also be its network that is gone: another look tells.
            if (await Containers.InspectAsync(container.Id, Work.Lifetime) is null)
            {
                return false;
            }

            throw;
        }
    }

    /// <summary>Gives a container back whose run is over; it rests or, fitting no longer, is removed.</summary>
    public void Return(Container container)
    {
        if (!Pool.Return(container))
        {
            Work.Run("removing an outdated container", token => Containers.RemoveAsync(container.Id, token));
        }
    }

    /// <summary>Throws a container away that does not start, and has another one made.</summary>
    public void Discard(Container container)
    {
        Pool.Release(container);
        Work.Run(
            "replacing a container that does not start",
            async token =>
            {
                await Containers.RemoveAsync(container.Id, token);
                await Pool.RefillAsync(token);
            });
    }
}
