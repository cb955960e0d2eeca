using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>A container of this gateway.</summary>
/// <param name="Id">The engine's id, which has 64 hexadecimal digits.</param>
/// <param name="SpecHash">The hash of the spec that it was made from.</param>
/// <param name="Slot">The number of the instance within its function, from 1, where instances have volumes of their own; else 0.</param>
internal sealed record Container(string Id, string SpecHash, int Slot);

/// <summary>Makes, lists, initializes, ends and removes the gateway's containers on one engine.</summary>
/// <param name="programs">Finds the first processes of the containers.</param>
internal sealed partial class EngineContainers(EngineClient engine, string gateway, ContainerPrograms programs, ILogger logger)
{
    private const int InitializeAttempts = 6;

    private static readonly TimeSpan InitializePause = TimeSpan.FromMilliseconds(50);

    /// <summary>The number of names that are tried at most, because containers of others may have the gateway's names.</summary>
    private const int MaxNames = 1000;

    /// <summary>Returns the spec for containers of a function from an image, checked against the engine.</summary>
    /// <exception cref="RuntimeException">A network is missing, or the options cannot run.</exception>
    public async Task<ContainerSpec> SpecAsync(FunctionOptions function, EngineImage image, CancellationToken cancellationToken)
    {
        var facts = await engine.FactsAsync(cancellationToken);
        await CheckNetworkAsync(function, "Network", function.Container.Network, cancellationToken);
        foreach (var network in function.Container.Networks)
        {
            await CheckNetworkAsync(function, "Networks", network, cancellationToken);
        }

        return new ContainerSpec(gateway, function, image, facts, engine.Dialect);
    }

    /// <summary>Lists the containers of a function, running or not.</summary>
    public Task<IList<ContainerListResponse>> ListAsync(string function, CancellationToken cancellationToken) =>
        engine.CallAsync(
            client => client.Containers.ListContainersAsync(
                new ContainersListParameters { All = true, Filters = ContainerLabels.Filter(gateway, function) },
                cancellationToken),
            cancellationToken);

    /// <summary>Lists all containers of this gateway, running or not.</summary>
    public Task<IList<ContainerListResponse>> ListAllAsync(CancellationToken cancellationToken) =>
        engine.CallAsync(
            client => client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = ContainerLabels.Filter(gateway) }, cancellationToken),
            cancellationToken);

    /// <summary>Makes a container, under the first of the function's names that is free.</summary>
    /// <param name="slot">The slot whose volumes it gets, from 1, or 0 if it has none of its own.</param>
    /// <exception cref="RuntimeException">The engine refused.</exception>
    public async Task<Container> CreateAsync(ContainerSpec spec, int slot, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var volume in spec.Volumes.Own(slot))
            {
                // If the volume exists already, the engine answers with that one.
                await engine.CallAsync(client => client.Volumes.CreateAsync(volume, cancellationToken), cancellationToken);
            }

            var made = await CreateNamedAsync(spec, slot, cancellationToken);
            await JoinNetworksAsync(spec, made, cancellationToken);
            return new Container(made, spec.Hash, slot);
        }
        catch (DockerApiException exception)
        {
            throw exception.StatusCode == HttpStatusCode.NotFound
                ? EngineErrors.NoImage(spec.Function, engine.Dialect, engine.Endpoint, exception)
                : EngineErrors.Refused(spec.Function, "make its container", exception);
        }
    }

    /// <summary>Returns the container's state and addresses, or null if the engine does not have it.</summary>
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

    /// <summary>Has the container's sandbox built without executing its program. It is not an error if that was done already.</summary>
    /// <remarks>
    /// The engine answers 304 if it was done already, but also if it cannot be done now, for example while the engine cleans up after the run before
    /// (libpod's API: every ErrCtrStateInvalid). Only an inspection tells the two apart.
    /// </remarks>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    /// <exception cref="RuntimeException">The engine has not done it.</exception>
    public async Task InitializeAsync(string container, CancellationToken cancellationToken)
    {
        var call = engine.Dialect.InitializeCall(container) ?? throw new NotSupportedException($"{engine.Dialect.Name} initializes nothing.");
        for (var attempt = 1; attempt <= InitializeAttempts; attempt++)
        {
            await engine.PostAsync(call, content: null, cancellationToken);
            if (await InspectAsync(container, cancellationToken) is { State: { } state } && engine.Dialect.IsInitialized(state))
            {
                return;
            }

            // This happens only after a run whose clean-up no event reported, and its end has no event of its own.
            await Task.Delay(InitializePause * attempt, TimeProvider.System, cancellationToken);
        }

        throw new RuntimeException($"the engine at {engine.Endpoint} has not initialized container {container[..12]}");
    }

    /// <summary>Removes a container, running or not. Its volumes stay, because nobody asked to remove what is in them.</summary>
    public async Task RemoveAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync(
                client => client.Containers.RemoveContainerAsync(
                    container, new ContainerRemoveParameters { Force = true }, cancellationToken),
                cancellationToken);
        }
        catch (DockerApiException exception) when (exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // The container is gone, or somebody else is removing it.
        }
        catch (DockerApiException exception)
        {
            throw new RuntimeException(
                $"the engine at {engine.Endpoint} could not remove container {container[..12]}: {EngineErrors.Message(exception)}", exception);
        }
    }

    private async Task<string> CreateNamedAsync(ContainerSpec spec, int slot, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            var parameters = spec.ToParameters(ContainerLabels.Name(spec.Function.Name, number), slot);
            try
            {
                var made = await engine.CallAsync(
                    client => client.Containers.CreateContainerAsync(parameters, cancellationToken), cancellationToken);
                foreach (var warning in made.Warnings ?? [])
                {
                    // For example because the kernel does not support a limit, which the engine then leaves out.
                    EngineLog.Warned(logger, spec.Function.Name, ProgramOutput.Clean(warning, EngineErrors.MaxMessage));
                }

                return made.ID;
            }
            catch (DockerApiException exception) when (engine.Dialect.IsNameTaken(exception) && number < MaxNames)
            {
                // Another container has the name, of this gateway or of somebody else.
            }
        }
    }

    /// <summary>Connects the container to its further networks, because Docker takes only one when a container is made.</summary>
    private async Task JoinNetworksAsync(ContainerSpec spec, string container, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var network in spec.Run.Networks)
            {
                await engine.CallAsync(
                    client => client.Networks.ConnectNetworkAsync(network, new NetworkConnectParameters { Container = container }, cancellationToken), cancellationToken);
            }
        }
        catch (Exception exception)
        {
            await RemoveAsync(container, CancellationToken.None);
            throw exception is DockerApiException refused ? EngineErrors.Refused(spec.Function, "connect its container to its Networks", refused) : exception;
        }
    }

    private async Task CheckNetworkAsync(FunctionOptions function, string key, string network, CancellationToken cancellationToken)
    {
        switch (network)
        {
            case "bridge" or "default" or "host":
                return;
            case "none":
            case var mode when mode.StartsWith("container:", StringComparison.Ordinal):
                throw EngineErrors.NoAddress(function);
        }

        try
        {
            await engine.CallAsync(client => client.Networks.InspectNetworkAsync(network, cancellationToken), cancellationToken);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            throw EngineErrors.NoNetwork(function, key, network, engine.Endpoint, exception);
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.Refused(function, $"look at its network '{network}'", exception);
        }
    }
}
