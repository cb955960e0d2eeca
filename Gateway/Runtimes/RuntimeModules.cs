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
}
