using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Networks;

namespace Gateway.Runtimes.Engines;

/// <summary>Makes, starts and removes the containers that keep a network.</summary>
internal sealed partial class EngineContainers
{
    /// <summary>Makes a container that keeps a network, and starts it.</summary>
    /// <returns>Returns its id.</returns>
    /// <exception cref="DockerApiException">The engine refused, and there is no such container.</exception>
    public async Task<string> CreateNetworkAsync(KeptNetworkSpec spec, CancellationToken cancellationToken)
    {
        var made = await CreateNamedAsync(spec.Function, spec.ToParameters, cancellationToken);
        await JoinNetworksAsync(spec.Function, made, cancellationToken);
        try
        {
            await StartNetworkAsync(made, cancellationToken);
            return made;
        }
        catch (DockerApiException)
        {
            await RemoveNetworkAsync(made, cancellationToken);
            throw;
        }
    }

    /// <summary>Starts a container that keeps a network. It is not an error if it runs.</summary>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    public Task StartNetworkAsync(string network, CancellationToken cancellationToken) =>
        engine.CallAsync(client => client.Containers.StartContainerAsync(network, null, cancellationToken), cancellationToken);

    /// <summary>Removes a container that keeps a network. Nothing is in its volumes, if the engine has made any.</summary>
    public Task RemoveNetworkAsync(string network, CancellationToken cancellationToken) =>
        RemoveAsync(network, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, cancellationToken);

    /// <summary>Connects the container to its further networks, because Docker takes only one when a container is made.</summary>
    private async Task JoinNetworksAsync(FunctionOptions function, string container, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var network in function.Container.Networks)
            {
                await engine.CallAsync(
                    client => client.Networks.ConnectNetworkAsync(network, new NetworkConnectParameters { Container = container }, cancellationToken), cancellationToken);
            }
        }
        catch (Exception exception)
        {
            await RemoveAsync(container, CancellationToken.None);
            throw exception is DockerApiException refused ? EngineErrors.Refused(function, "connect its container to its Networks", refused) : exception;
        }
    }

    /// <summary>Returns the container that has the address of a container: that one itself, unless it has joined the network of another (<c>container:ID</c>).</summary>
    public async Task<ContainerInspectResponse> WithNetworkAsync(ContainerInspectResponse container, CancellationToken cancellationToken)
    {
        const string Joined = "container:";
        return container.HostConfig?.NetworkMode is { } mode && mode.StartsWith(Joined, StringComparison.Ordinal)
            ? await InspectAsync(mode[Joined.Length..], cancellationToken) ?? container
            : container;
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
