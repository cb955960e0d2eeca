using System.Globalization;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Existing;

/// <summary>A container that the user has made, as far as it matters here. But for its restart policy none of it changes while the container exists.</summary>
/// <param name="Id">The engine's id.</param>
/// <param name="Image">What stands for its image: the health check and the stop signal are the container's own.</param>
/// <param name="NetworkMode">Its network in the engine's words: <c>host</c>, <c>none</c>, <c>container:ID</c>, or any other.</param>
/// <param name="StopTimeout">The time that it has between its stop signal and SIGKILL, or null for the engine's default.</param>
/// <param name="Ports">The TCP ports that it exposes, in ascending order.</param>
/// <param name="Restart">Its restart policy.</param>
/// <param name="RemovesItself">Whether the engine removes it when it ends.</param>
internal sealed record UsersContainer(
    string Id, EngineImage Image, string NetworkMode, TimeSpan? StopTimeout, IReadOnlyList<int> Ports, RestartPolicyKind Restart, bool RemovesItself)
{
    /// <summary>Takes from the engine's answer what the gateway needs.</summary>
    public static UsersContainer Of(ContainerInspectResponse found)
    {
        var config = found.Config;
        var image = new EngineImage(
            found.Image ?? "",
            Volumes: [],
            config?.StopSignal ?? "",
            config?.Healthcheck is { Test: [not "NONE", _, ..] } check ? check : null,
            config?.Shell is { Count: > 0 } shell ? [.. shell] : EngineImage.DefaultShell);
        return new UsersContainer(
            found.ID,
            image,
            found.HostConfig?.NetworkMode ?? "",
            config?.StopTimeout,
            PortsOf(config?.ExposedPorts?.Keys),
            found.HostConfig?.RestartPolicy?.Name ?? RestartPolicyKind.Undefined,
            found.HostConfig?.AutoRemove ?? false);
    }

    /// <summary>Returns the only port that the container exposes.</summary>
    /// <exception cref="RuntimeException">It exposes none, or several.</exception>
    public int PortOf(FunctionOptions function) => Ports is [var only] ? only : throw EngineErrors.WhichPort(function, Ports);

    /// <summary>Gets what of the container is at odds with a rest, in one sentence without a full stop, or null if nothing is.</summary>
    public string? Notice => RemovesItself ? "it was made with --rm, by which the engine removes it as soon as it rests; make it without"
        : Restart == RestartPolicyKind.Always
        ? "its restart policy is 'always', by which the engine starts it whenever the engine itself starts, whether the function rests or not; 'unless-stopped' leaves it at rest"
        : null;

    /// <summary>Returns the TCP ports among an engine's words for ports, such as <c>80/tcp</c>.</summary>
    public static IReadOnlyList<int> PortsOf(IEnumerable<string>? exposed) =>
    [
        .. (exposed ?? []).Select(static port => port.Split('/'))
            .Where(static parts => parts is [_] or [_, "tcp"])
            .Select(static parts => int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
            .Where(static port => port > 0)
            .Distinct()
            .Order(),
    ];
}
