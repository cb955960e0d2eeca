using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Existing;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Engines.Networks;

namespace Gateway.Runtimes.Engines;

/// <summary>A container of this gateway.</summary>
/// <param name="Id">The engine's id, which has 64 hexadecimal digits.</param>
/// <param name="SpecHash">The hash of the spec that it was made from.</param>
/// <param name="Slot">The number of the instance within its function, from 1, where instances have volumes of their own; else 0.</param>
internal sealed record Container(string Id, string SpecHash, int Slot)
{
    /// <summary>Gets the name of its gate, or null if it has none.</summary>
    public string? Gate { get; init; }

    /// <summary>Gets the id of the container that keeps its network, or null if the engine makes its network for each run.</summary>
    public string? Network { get; init; }

    /// <summary>Returns a container that the engine has listed.</summary>
    public static Container Of(ContainerListResponse found, string hash) =>
        new(found.ID, hash, ContainerLabels.SlotOf(found.Labels)) { Gate = ContainerLabels.GateOf(found.Labels), Network = ContainerLabels.NetworkOf(found.Labels) };
}

/// <summary>What an engine has of a gateway.</summary>
/// <param name="Containers">The containers of functions.</param>
/// <param name="Networks">The containers that keep a network.</param>
internal sealed record ContainerListing(IReadOnlyList<ContainerListResponse> Containers, IReadOnlyList<ContainerListResponse> Networks)
{
    // Containers that somebody else has given some of the labels are neither.
    public static ContainerListing Of(IList<ContainerListResponse> all) =>
        new([.. all.Where(one => ContainerLabels.OwnerOf(one.Labels) is not null)], [.. all.Where(one => ContainerLabels.KeeperOf(one.Labels) is not null)]);

    /// <summary>Returns the ids of the containers that have joined a kept network, by the id of the one that keeps it.</summary>
    public Dictionary<string, string> ByNetwork()
    {
        var users = new Dictionary<string, string>();
        foreach (var container in Containers)
        {
            if (ContainerLabels.NetworkOf(container.Labels) is { } network)
            {
                users[network] = container.ID;
            }
        }

        return users;
    }
}

/// <summary>Makes, lists, ends and removes the gateway's containers on one engine.</summary>
/// <param name="programs">Finds the first processes of the containers.</param>
/// <param name="gates">Decides which containers have gates.</param>
/// <param name="earlyThaw">Knows whether a container's processes are frozen.</param>
/// <param name="networks">Is told of containers that are gone, whose networks others may have.</param>
internal sealed partial class EngineContainers(
    EngineClient engine, string gateway, ContainerPrograms programs, GateRules gates, EarlyThaw earlyThaw, KeptNetworkLedger networks, ILogger logger)
{
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

        return new ContainerSpec(gateway, function, image, facts, engine.Dialect, gates);
    }

    /// <summary>Returns what a container of the user's is, as a spec of which there is no other container.</summary>
    /// <exception cref="RuntimeException">Nobody says which port its program listens on.</exception>
    public async Task<ContainerSpec> SpecAsync(FunctionOptions function, UsersContainer container, CancellationToken cancellationToken) =>
        new(gateway, function, container.Image, await engine.FactsAsync(cancellationToken), engine.Dialect, gates, users: container);

    /// <summary>Lists the containers of a function, running or not.</summary>
    public Task<ContainerListing> ListAsync(string function, CancellationToken cancellationToken) =>
        ListAsync(ContainerLabels.Filter(gateway, function), cancellationToken);

    /// <summary>Lists all containers of this gateway, running or not.</summary>
    public Task<ContainerListing> ListAllAsync(CancellationToken cancellationToken) => ListAsync(ContainerLabels.Filter(gateway), cancellationToken);

    private async Task<ContainerListing> ListAsync(Dictionary<string, IDictionary<string, bool>> filter, CancellationToken cancellationToken) =>
        ContainerListing.Of(await engine.CallAsync(
            client => client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filter }, cancellationToken), cancellationToken));

    /// <summary>Makes a container, under the first of the function's names that is free.</summary>
    /// <param name="slot">The slot whose volumes it gets, from 1, or 0 if it has none of its own.</param>
    /// <param name="network">The id of the container that keeps its network, or null if none does.</param>
    /// <exception cref="RuntimeException">The engine refused.</exception>
    /// <exception cref="GateRefusedException">The engine would make the container without a gate.</exception>
    public async Task<Container> CreateAsync(ContainerSpec spec, int slot, string? network, CancellationToken cancellationToken)
    {
        if (!spec.Gate.Has)
        {
            return await CreateAsync(spec, slot, gate: null, network, cancellationToken);
        }

        var made = (Container?)null;
        var gate = gates.Gates!.Make();
        try
        {
            made = await CreateAsync(spec, slot, gate, network, cancellationToken);
            await FurnishAsync(made, cancellationToken);
            return made;
        }
        finally
        {
            gates.Gates.Made(gate, made?.Id);
        }
    }

    private async Task FurnishAsync(Container made, CancellationToken cancellationToken)
    {
        try
        {
            await gates.Gates!.FurnishAsync(made.Id, cancellationToken);
        }
        catch
        {
            await RemoveAsync(made.Id, CancellationToken.None);
            throw;
        }
    }

    private async Task<Container> CreateAsync(ContainerSpec spec, int slot, string? gate, string? network, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var volume in spec.Volumes.Own(slot))
            {
                // If the volume exists already, the engine answers with that one.
                await engine.CallAsync(client => client.Volumes.CreateAsync(volume, cancellationToken), cancellationToken);
            }

            var made = await CreateNamedAsync(
                spec.Function, number => spec.ToParameters(ContainerLabels.Name(spec.Function.Name, number), slot, gate, network), cancellationToken);
            await (network is null ? JoinNetworksAsync(spec.Function, made, cancellationToken) : Task.CompletedTask);
            return new Container(made, spec.Hash, slot) { Gate = gate, Network = network };
        }
        catch (DockerApiException exception) when (gate is not null && gates.Gates!.IsMeant(gate, exception))
        {
            throw new GateRefusedException(exception);
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

    private async Task<string> CreateNamedAsync(FunctionOptions function, Func<int, CreateContainerParameters> numbered, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            var parameters = numbered(number);
            try
            {
                var made = await engine.CallAsync(
                    client => client.Containers.CreateContainerAsync(parameters, cancellationToken), cancellationToken);
                foreach (var warning in made.Warnings ?? [])
                {
                    // For example because the kernel does not support a limit, which the engine then leaves out.
                    EngineLog.Warned(logger, function.Name, ProgramOutput.Clean(warning, EngineErrors.MaxMessage));
                }

                return made.ID;
            }
            catch (DockerApiException exception) when (engine.Dialect.IsNameTaken(exception) && number < MaxNames)
            {
                // Another container has the name, of this gateway or of somebody else.
            }
        }
    }
}
