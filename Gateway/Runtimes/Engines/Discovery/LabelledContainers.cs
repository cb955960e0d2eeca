using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration.Labels;
using Gateway.Runtimes.Engines.Existing;

namespace Gateway.Runtimes.Engines.Discovery;

/// <summary>Asks an engine for the containers whose labels ask for them to be functions of this gateway. Calls must not overlap.</summary>
/// <param name="engine">The engine.</param>
/// <param name="gateway">The name of the gateway. Containers may be for another one.</param>
internal sealed class LabelledContainers(EngineClient engine, string gateway)
{
    // What each container exposes. The list does not say it of one that has not been started, and it never changes.
    private readonly Dictionary<string, IReadOnlyList<int>> _ports = [];

    /// <summary>Returns whether a container may be a function by its labels.</summary>
    public static bool MayBe(IDictionary<string, string> labels) => labels.ContainsKey(LabelledContainer.Enable) && !ContainerLabels.IsMade(labels);

    /// <summary>Returns the containers, running or not.</summary>
    /// <exception cref="RuntimeException">The engine is away.</exception>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    public async Task<IReadOnlyList<FoundContainer>> FindAsync(CancellationToken cancellationToken)
    {
        var filter = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [LabelledContainer.Enable] = true } };
        var listed = (await engine.CallAsync(
            client => client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filter }, cancellationToken), cancellationToken)).Where(IsForThisGateway).ToArray();
        foreach (var id in _ports.Keys.Except(listed.Select(static container => container.ID)).ToArray())
        {
            _ports.Remove(id);
        }

        List<FoundContainer> found = [];
        foreach (var container in listed)
        {
            if (container.Names is [var name, ..] && await PortsOfAsync(container.ID, cancellationToken) is { } ports)
            {
                found.Add(new FoundContainer(container.ID, container.Created, new LabelledContainer(engine.Dialect.Name, name.TrimStart('/'), container.Labels.AsReadOnly(), ports)));
            }
        }

        return found;
    }

    private bool IsForThisGateway(ContainerListResponse container) =>
        MayBe(container.Labels)
        && !string.Equals(container.Labels[LabelledContainer.Enable], bool.FalseString, StringComparison.OrdinalIgnoreCase)
        && (!container.Labels.TryGetValue(LabelledContainer.Gateway, out var whose) || whose == gateway);

    private async ValueTask<IReadOnlyList<int>?> PortsOfAsync(string container, CancellationToken cancellationToken)
    {
        if (_ports.TryGetValue(container, out var known))
        {
            return known;
        }

        try
        {
            var found = await engine.CallAsync(client => client.Containers.InspectContainerAsync(container, cancellationToken), cancellationToken);
            return _ports[container] = UsersContainer.PortsOf(found.Config?.ExposedPorts?.Keys);
        }
        catch (DockerApiException)
        {
            // It was removed meanwhile, or the engine cannot tell of it, which is no reason to miss the others.
            return null;
        }
    }
}
