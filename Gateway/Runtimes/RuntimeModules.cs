using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Podman;
using Gateway.Runtimes.Process;

namespace Gateway.Runtimes;

/// <summary>The runtimes that functions can use, in the order in which they are named to users. A new runtime needs a folder and a line here.</summary>
internal static class RuntimeModules
{
    public static readonly IReadOnlyList<IRuntimeModule> All =
    [
        new ProcessModule(),
        new DockerModule(),
        new PodmanModule(),
    ];

    /// <summary>Finds the containers that are functions by their labels, on all engines whose sections ask for that, before the gateway starts.</summary>
    public static async Task<IReadOnlyList<LabelledContainer>> DiscoverAsync(this IReadOnlyList<IRuntimeModule> modules, GatewayOptions options, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(modules.Select(module => module.DiscoverAsync(options.Runtimes.GetValueOrDefault(module.Name), options.Name, cancellationToken)));
        return [.. found.SelectMany(static containers => containers)];
    }
}
