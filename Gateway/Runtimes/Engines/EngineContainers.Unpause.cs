using Docker.DotNet;

namespace Gateway.Runtimes.Engines;

/// <summary>The part that has the engine thaw a container.</summary>
internal sealed partial class EngineContainers
{
    /// <summary>Has the engine thaw a container, also one that it takes for paused although its processes run.</summary>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    public async Task UnpauseAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await AskToUnpauseAsync(container, cancellationToken);
        }
        catch (DockerApiException)
        {
            // Somebody has thawed the cgroup without the engine: a gateway whose wake went ahead and that then lost sight of the container, or a person. runc
            // finds nothing to resume there, so that the engine could neither thaw nor stop the container ever again.
            var cgroups = programs.CgroupsOf(container);
            if ((await InspectAsync(container, cancellationToken))?.State?.Paused != true || !earlyThaw.IsAhead(cgroups) || !earlyThaw.Freeze(cgroups))
            {
                throw;
            }

            try
            {
                await AskToUnpauseAsync(container, cancellationToken);
            }
            catch
            {
                // What ran goes on, whatever the engine says.
                earlyThaw.Unfreeze(cgroups);
                throw;
            }
        }
    }

    private Task AskToUnpauseAsync(string container, CancellationToken cancellationToken) =>
        engine.CallAsync(client => client.Containers.UnpauseContainerAsync(container, cancellationToken), cancellationToken);
}
