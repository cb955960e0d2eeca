using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>The check that a container has to pass once before it takes requests: the configuration's, else the image's.</summary>
/// <param name="Command">Program and arguments, run inside the container; 0 is well.</param>
/// <param name="Interval">Between two checks of the engine's own.</param>
/// <param name="Timeout">One that takes longer has failed.</param>
internal sealed record HealthCheck(IReadOnlyList<string> Command, TimeSpan Interval, TimeSpan Timeout)
{
    // moby, daemon/health.go: defaultProbeInterval, defaultProbeTimeout.
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <returns>Null: there is none.</returns>
    /// <exception cref="RuntimeException">The configuration times a check that nobody has written.</exception>
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

    /// <summary>For the engine, which goes on checking; null: as the image says. Podman times no check whose test it has to look for in the image.</summary>
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
