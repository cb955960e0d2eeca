using Gateway.Runtimes.Docker;
using Gateway.Runtimes.Podman;
using Gateway.Runtimes.Process;

namespace Gateway.Runtimes;

/// <summary>The runtimes that functions can have, in the order in which they are named to users. A runtime is its folder and its line here.</summary>
internal static class RuntimeModules
{
    public static readonly IReadOnlyList<IRuntimeModule> All =
    [
        new ProcessModule(),
        new DockerModule(),
        new PodmanModule(),
    ];
}
