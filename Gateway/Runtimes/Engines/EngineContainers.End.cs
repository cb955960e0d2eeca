using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Ends containers.</summary>
internal sealed partial class EngineContainers
{
    /// <summary>
    /// The time that an engine may take for a stop beyond the program's own time. Without it, a stop that hangs would make the requests for the next
    /// start wait until the engine's client gives up.
    /// </summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    // The removals that are under way, by container.
    private readonly ConcurrentDictionary<string, Task> _removals = new(StringComparer.Ordinal);

    /// <summary>Stops a container. It is not an error if the container is gone or at rest.</summary>
    /// <param name="grace">The time that the program has between its stop signal and SIGKILL.</param>
    /// <exception cref="RuntimeException">The engine has not stopped it.</exception>
    public async Task StopAsync(string container, StopGrace grace, CancellationToken cancellationToken)
    {
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(grace.Longest + StopLimit);
        var kill = KillAfterAsync(container, grace, stopped.Token);
        try
        {
            try
            {
                await AskToStopAsync(container, grace, limit.Token);
            }
            catch (DockerApiException refusal) when (refusal.StatusCode != HttpStatusCode.NotFound)
            {
                // Somebody may have paused it in this moment, and Podman does not stop a paused one.
                await ThawAsync(container, limit.Token);
                await AskToStopAsync(container, grace, limit.Token);
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeException($"the engine at {engine.Endpoint} has not stopped container {container[..12]} in {(grace.Longest + StopLimit).TotalSeconds:0} s", exception);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
        }
        catch (DockerApiException exception)
        {
            throw new RuntimeException(
                $"the engine at {engine.Endpoint} could not stop container {container[..12]}: {EngineErrors.Message(exception)}", exception);
        }
        finally
        {
            await stopped.CancelAsync();
            await kill.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskToStopAsync(string container, StopGrace grace, CancellationToken cancellationToken) => await engine.CallAsync(
        client => client.Containers.StopContainerAsync(
            container, new ContainerStopParameters { WaitBeforeKillSeconds = (uint)Math.Ceiling(grace.Longest.TotalSeconds) }, cancellationToken),
        cancellationToken);

    /// <summary>
    /// Sends a container's program a signal and leaves all the rest to the engine's own clean-up. Returns false if the container is gone or has ended already,
    /// so that no such clean-up has to be waited for.
    /// </summary>
    public async Task<bool> SignalAsync(string container, string signal, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync(
                client => client.Containers.KillContainerAsync(container, new ContainerKillParameters { Signal = signal }, cancellationToken), cancellationToken);
            return true;
        }
        catch (DockerApiException)
        {
            return false;
        }
    }

    /// <summary>Stops a container within its grace period, and then removes it.</summary>
    public async Task EndAsync(ContainerListResponse container, CancellationToken cancellationToken)
    {
        if (container.State == "paused")
        {
            // A frozen program would not get the signal.
            await ThawAsync(container.ID, cancellationToken);
        }

        await StopAsync(container.ID, await GraceOfAsync(container.ID, cancellationToken), cancellationToken);
        await RemoveAsync(container.ID, cancellationToken);
    }

    /// <summary>Removes a container, running or not. Its volumes stay, because nobody asked to remove what is in them.</summary>
    public Task RemoveAsync(string container, CancellationToken cancellationToken) =>
        RemoveAsync(container, new ContainerRemoveParameters { Force = true }, cancellationToken);

    private async Task RemoveAsync(string container, ContainerRemoveParameters parameters, CancellationToken cancellationToken)
    {
        // The engine would call a second removal a conflict and not say when the first is done, which callers wait for.
        var removed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_removals.GetOrAdd(container, removed.Task) is var removal && removal != removed.Task)
        {
            await removal.WaitAsync(cancellationToken);
        }

        try
        {
            await engine.CallAsync(client => client.Containers.RemoveContainerAsync(container, parameters, cancellationToken), cancellationToken);
            networks.Free(container);
        }
        catch (DockerApiException exception) when (exception.StatusCode is HttpStatusCode.NotFound)
        {
            networks.Free(container);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.Conflict)
        {
            // Somebody else is removing it.
        }
        catch (DockerApiException exception)
        {
            throw new RuntimeException(
                $"the engine at {engine.Endpoint} could not remove container {container[..12]}: {EngineErrors.Message(exception)}", exception);
        }
        finally
        {
            _removals.TryRemove(container, out _);
            removed.SetResult();
        }
    }

    /// <summary>Thaws a container.</summary>
    public async Task ThawAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await UnpauseAsync(container, cancellationToken);
        }
        catch (DockerApiException)
        {
            // It is gone or was thawed meanwhile. The call that follows finds out which.
        }
    }

    /// <summary>Returns the grace period of a container whose options are no longer known.</summary>
    private async Task<StopGrace> GraceOfAsync(string container, CancellationToken cancellationToken)
    {
        var signal = (await InspectAsync(container, cancellationToken))?.Config?.StopSignal ?? "";
        return new StopGrace(ProgramReader.DefaultStopTimeout, programs.Ignores(container, signal));
    }

    private async Task KillAfterAsync(string container, StopGrace grace, CancellationToken cancellationToken)
    {
        if (await grace.IsOverAsync(cancellationToken))
        {
            await SignalAsync(container, "SIGKILL", cancellationToken);
        }
    }
}
