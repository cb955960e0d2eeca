using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>What an image's name stands for now, and what it says that the gateway minds.</summary>
/// <param name="Id">Of its content: another build has another one.</param>
/// <param name="Volumes">Paths whose content is to outlive the container (VOLUME).</param>
/// <param name="StopSignal">As in STOPSIGNAL; empty: SIGTERM.</param>
/// <param name="Health">Its health check; null: it has none.</param>
/// <param name="Shell">What runs the line of a <c>CMD-SHELL</c>.</param>
internal sealed record EngineImage(string Id, IReadOnlyList<string> Volumes, string StopSignal, HealthcheckConfig? Health, IReadOnlyList<string> Shell)
{
    // moby, daemon/health.go, getShell.
    private static readonly string[] DefaultShell = ["/bin/sh", "-c"];

    public static EngineImage Of(ImageInspectResponse image)
    {
        var config = image.Config;
        return new EngineImage(
            image.ID,
            [.. (config?.Volumes?.Keys ?? []).Select(path => path.TrimEnd('/')).Where(path => path.Length > 0).Order(StringComparer.Ordinal)],
            config?.StopSignal ?? "",
            config?.Healthcheck is { Test: [not "NONE", _, ..] } check ? check : null,
            config?.Shell is { Count: > 0 } shell ? [.. shell] : DefaultShell);
    }
}
