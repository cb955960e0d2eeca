using System.Collections.Concurrent;
using Gateway.Configuration;
using Microsoft.Extensions.Logging;

namespace Gateway.Runtimes.Docker;

/// <summary>What an instance needs of the runtime that made it.</summary>
/// <param name="Live">Instances by the container that they mind, for the events.</param>
/// <param name="CgroupRoot">Where cgroup v2 is mounted, if it is.</param>
internal sealed record InstanceHome(
    DockerEngine Engine,
    EngineContainers Containers,
    ContainerPool Pool,
    ContainerSpec Spec,
    EngineFacts Facts,
    ConcurrentDictionary<string, DockerInstance> Live,
    BackgroundWork Work,
    string? CgroupRoot,
    ILogger Logger)
{
    public FunctionOptions Function => Spec.Function;

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
