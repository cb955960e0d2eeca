using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>Runs docker-compose on a project.</summary>
/// <param name="space">The network namespace of the engine.</param>
/// <param name="socket">The engine's socket.</param>
/// <param name="folder">The folder with the project's docker-compose.yml.</param>
/// <param name="project">The project's name.</param>
/// <param name="variables">Variables of the file, as <c>NAME=value</c>.</param>
internal sealed class Compose(NetworkNamespace space, string socket, string folder, string project, params IReadOnlyList<string> variables)
{
    /// <returns>A task that returns what was written.</returns>
    public async Task<string> RunAsync(params IReadOnlyList<string> arguments)
    {
        string[] command = [$"DOCKER_HOST=unix://{socket}", .. variables, "docker-compose", "--project-name", project, "--file", Path.Combine(folder, "docker-compose.yml"), .. arguments];
        return (await space.ExecuteAsync("env", command)).ThrowIfFailed().Output;
    }

    /// <summary>Removes what is left of the project.</summary>
    public Task DownAsync() => RunAsync("down", "--volumes", "--timeout", "2");
}
