using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Holds what an image's name stands for now, and what the gateway needs of the image's configuration.</summary>
/// <param name="Id">The id of the image's content, which is another one for another build.</param>
/// <param name="Volumes">The paths whose content is to outlive the container (VOLUME).</param>
/// <param name="StopSignal">The image's STOPSIGNAL. An empty text stands for SIGTERM.</param>
/// <param name="Health">The image's health check, or null if it has none.</param>
/// <param name="Shell">The shell that runs the command of a <c>CMD-SHELL</c>.</param>
internal sealed record EngineImage(string Id, IReadOnlyList<string> Volumes, string StopSignal, HealthcheckConfig? Health, IReadOnlyList<string> Shell)
{
    // moby, daemon/health.go, getShell.
    public static readonly string[] DefaultShell = ["/bin/sh", "-c"];

    /// <summary>Gets the image's own program with its arguments: its entry point and then its command (ENTRYPOINT, CMD).</summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>Returns the program that a container executes, with its arguments. It is empty if there is none.</summary>
    public IReadOnlyList<string> ProgramOf(ContainerRunOptions run) => run.Command.Count > 0 ? run.Command : Program;

    /// <summary>Takes from the engine's answer what the gateway needs.</summary>
    public static EngineImage Of(ImageInspectResponse image)
    {
        var config = image.Config;
        return new EngineImage(
            image.ID,
            [.. (config?.Volumes?.Keys ?? []).Select(path => path.TrimEnd('/')).Where(path => path.Length > 0).Order(StringComparer.Ordinal)],
            config?.StopSignal ?? "",
            config?.Healthcheck is { Test: [not "NONE", _, ..] } check ? check : null,
            config?.Shell is { Count: > 0 } shell ? [.. shell] : DefaultShell)
        {
            Program = [.. config?.Entrypoint ?? [], .. config?.Cmd ?? []],
        };
    }
}
