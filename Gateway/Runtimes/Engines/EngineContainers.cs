using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>A container of ours.</summary>
/// <param name="Id">The engine's id: 64 hexadecimal digits.</param>
/// <param name="SpecHash">What it was made from.</param>
internal sealed record Container(string Id, string SpecHash);

/// <summary>The gateway's containers on one engine: made, listed, ended, removed.</summary>
internal sealed class EngineContainers(EngineClient engine, string gateway)
{
    /// <summary>How long a program has between SIGTERM (or its image's STOPSIGNAL) and SIGKILL: docker stop's own default.</summary>
    public const uint GraceSeconds = 10;

    /// <summary>
    /// What an engine may take for it beyond that: a stop that hangs must not hold up those who wait for the next start
    /// until the engine's client gives up.
    /// </summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(GraceSeconds + 10);

    private const int InitializeAttempts = 6;

    private static readonly TimeSpan InitializePause = TimeSpan.FromMilliseconds(50);

    /// <summary>Names tried before giving up: foreign containers may hold ours.</summary>
    private const int MaxNames = 1000;

    /// <summary>What containers of the function are to be made from, checked against the engine.</summary>
    /// <exception cref="RuntimeException">The image or the network is missing, or the options cannot run.</exception>
    public async Task<ContainerSpec> SpecAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        if (function.Image.Length == 0)
        {
            throw EngineErrors.NoImageName(function);
        }

        var facts = await engine.FactsAsync(cancellationToken);
        await CheckNetworkAsync(function, cancellationToken);
        try
        {
            var image = await engine.CallAsync(
                client => client.Images.InspectImageAsync(function.Image, cancellationToken), cancellationToken);
            return new ContainerSpec(gateway, function, image.ID, facts, engine.Dialect);
        }
        catch (DockerApiException exception)
        {
            throw exception.StatusCode == HttpStatusCode.NotFound
                ? EngineErrors.NoImage(function, engine.Dialect, engine.Endpoint, exception)
                : EngineErrors.Refused(function, $"look at its image '{function.Image}'", exception);
        }
    }

    public Task<IList<ContainerListResponse>> ListAsync(string function, CancellationToken cancellationToken) =>
        engine.CallAsync(
            client => client.Containers.ListContainersAsync(
                new ContainersListParameters { All = true, Filters = ContainerLabels.Filter(gateway, function) },
                cancellationToken),
            cancellationToken);

    /// <summary>Makes a container, under the first of our names that is free.</summary>
    public async Task<Container> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            var parameters = spec.ToParameters(ContainerLabels.Name(spec.Function.Name, number));
            try
            {
                var made = await engine.CallAsync(
                    client => client.Containers.CreateContainerAsync(parameters, cancellationToken), cancellationToken);
                return new Container(made.ID, spec.Hash);
            }
            catch (DockerApiException exception) when (engine.Dialect.IsNameTaken(exception) && number < MaxNames)
            {
                // The name is taken: by a container of ours, or by somebody else's.
            }
            catch (DockerApiException exception)
            {
                throw exception.StatusCode == HttpStatusCode.NotFound
                    ? EngineErrors.NoImage(spec.Function, engine.Dialect, engine.Endpoint, exception)
                    : EngineErrors.Refused(spec.Function, "make its container", exception);
            }
        }
    }

    /// <summary>The container's state and addresses; null when the engine does not have it.</summary>
    public async Task<ContainerInspectResponse?> InspectAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.CallAsync(
                client => client.Containers.InspectContainerAsync(container, cancellationToken), cancellationToken);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Has its sandbox built and its program not yet executed. One that is so already is fine.</summary>
    /// <remarks>
    /// The engine answers 304 both to what is so already and to what it cannot do now, as while it cleans up after the run
    /// before (libpod's API: every ErrCtrStateInvalid); only a look tells the two apart.
    /// </remarks>
    /// <exception cref="DockerApiException">The engine would not.</exception>
    /// <exception cref="RuntimeException">It has not done it.</exception>
    public async Task InitializeAsync(string container, CancellationToken cancellationToken)
    {
        var call = engine.Dialect.InitializeCall(container) ?? throw new NotSupportedException($"{engine.Dialect.Kind} initializes nothing.");
        for (var attempt = 1; attempt <= InitializeAttempts; attempt++)
        {
            await engine.PostAsync(call, content: null, cancellationToken);
            if (await InspectAsync(container, cancellationToken) is { State: { } state } && engine.Dialect.IsInitialized(state))
            {
                return;
            }

            // Only behind a run whose clean-up nobody told of: its end has no event of its own.
            await Task.Delay(InitializePause * attempt, TimeProvider.System, cancellationToken);
        }

        throw new RuntimeException($"the engine at {engine.Endpoint} has not initialized container {container[..12]}");
    }

    /// <summary>Ends what runs in it. A container that is gone or at rest is what was asked for.</summary>
    public async Task StopAsync(string container, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        try
        {
            await engine.CallAsync(
                client => client.Containers.StopContainerAsync(
                    container, new ContainerStopParameters { WaitBeforeKillSeconds = GraceSeconds }, limit.Token),
                limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeException($"the engine at {engine.Endpoint} has not stopped container {container[..12]} in {StopLimit.TotalSeconds:0} s", exception);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
        }
        catch (DockerApiException exception)
        {
            throw new RuntimeException(
                $"the engine at {engine.Endpoint} could not stop container {container[..12]}: {EngineErrors.Message(exception)}", exception);
        }
    }

    /// <summary>
    /// Sends what runs in it the signal that its image names for a stop, or SIGKILL, and leaves all the rest to the engine's own
    /// clean-up. False: it is gone or ended already, and nothing of that clean-up is to be waited for.
    /// </summary>
    public async Task<bool> SignalAsync(string container, bool kill, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync(
                async client =>
                {
                    var named = kill ? "SIGKILL" : (await client.Containers.InspectContainerAsync(container, cancellationToken)).Config?.StopSignal;
                    var signal = new ContainerKillParameters { Signal = string.IsNullOrEmpty(named) ? "SIGTERM" : named };
                    await client.Containers.KillContainerAsync(container, signal, cancellationToken);
                },
                cancellationToken);
            return true;
        }
        catch (DockerApiException)
        {
            return false;
        }
    }

    /// <summary>Stops it in its own time, then removes it.</summary>
    public async Task EndAsync(ContainerListResponse container, CancellationToken cancellationToken)
    {
        if (container.State == "paused")
        {
            // A frozen program does not see the signal.
            await ThawAsync(container.ID, cancellationToken);
        }

        await StopAsync(container.ID, cancellationToken);
        await RemoveAsync(container.ID, cancellationToken);
    }

    /// <summary>Removes it with its anonymous volumes, running or not.</summary>
    public async Task RemoveAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync(
                client => client.Containers.RemoveContainerAsync(
                    container, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, cancellationToken),
                cancellationToken);
        }
        catch (DockerApiException exception) when (exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Gone, or somebody else's removal of it is under way.
        }
        catch (DockerApiException exception)
        {
            throw new RuntimeException(
                $"the engine at {engine.Endpoint} could not remove container {container[..12]}: {EngineErrors.Message(exception)}", exception);
        }
    }

    /// <summary>Lets it go on.</summary>
    public async Task ThawAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync(
                client => client.Containers.UnpauseContainerAsync(container, cancellationToken), cancellationToken);
        }
        catch (DockerApiException)
        {
            // Gone or let go on meanwhile: the call that follows tells.
        }
    }

    private async Task CheckNetworkAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        switch (function.Network)
        {
            case "bridge" or "default" or "host":
                return;
            case "none":
            case var mode when mode.StartsWith("container:", StringComparison.Ordinal):
                throw EngineErrors.NoAddress(function);
        }

        try
        {
            await engine.CallAsync(
                client => client.Networks.InspectNetworkAsync(function.Network, cancellationToken), cancellationToken);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            throw EngineErrors.NoNetwork(function, engine.Endpoint, exception);
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.Refused(function, $"look at its network '{function.Network}'", exception);
        }
    }
}
