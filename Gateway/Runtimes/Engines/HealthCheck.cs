using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>The check that a container has to pass once before it takes requests. It is the configuration's, or else the image's.</summary>
/// <param name="Command">The program and its arguments, which run inside the container. Exit code 0 means healthy.</param>
/// <param name="Interval">The time between two of the engine's own checks.</param>
/// <param name="Timeout">The time after which a check has failed.</param>
internal sealed record HealthCheck(IReadOnlyList<string> Command, TimeSpan Interval, TimeSpan Timeout)
{
    // moby, daemon/health.go: defaultProbeInterval, defaultProbeTimeout.
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>Returns the check of a function's containers, or null if there is none.</summary>
    /// <exception cref="RuntimeException">The configuration sets times, but neither it nor the image has a check.</exception>
    public static HealthCheck? Of(FunctionOptions function, EngineImage image)
    {
        var (own, its) = (function.Container.HealthCheck, image.Health);
        if (own is { IsNone: true })
        {
            return null;
        }

        if (own is { Test.Count: 0 } && its is null)
        {
            throw EngineErrors.NoHealthTest(function);
        }

        IReadOnlyList<string> test = own is { Test.Count: > 0 } ? own.Test : [.. its?.Test ?? []];
        return test.Count < 2 ? null : new HealthCheck(
            test[0] == "CMD-SHELL" ? [.. image.Shell, test[1]] : [.. test.Skip(1)],
            own?.Interval ?? Written(its?.Interval) ?? Default,
            own?.Timeout ?? Written(its?.Timeout) ?? Default);
    }

    /// <summary>Returns the check for the engine, or null for the image's own. The image's test is copied, because Podman does not look for it in the image.</summary>
    public static HealthcheckConfig? ToConfig(HealthCheckOptions? options, EngineImage image) => options is null ? null : new HealthcheckConfig
    {
        Test = options.Test.Count > 0 ? [.. options.Test] : [.. image.Health?.Test ?? []],
        Interval = options.Interval,
        Timeout = options.Timeout,
        Retries = options.Retries,
        StartPeriod = options.StartPeriod,
    };

    private static TimeSpan? Written(TimeSpan? time) => time > TimeSpan.Zero ? time : null;
}
