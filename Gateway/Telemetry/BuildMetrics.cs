using System.Reflection;
using System.Runtime.InteropServices;
using Prometheus;

namespace Gateway.Telemetry;

/// <summary>Exports which version runs.</summary>
internal static class BuildMetrics
{
    /// <summary>The version, and after a plus sign the commit that it was built from.</summary>
    public static string Version { get; } = typeof(BuildMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static void Register(CollectorRegistry registry)
    {
        var parts = Version.Split('+', 2);
        Metrics.WithCustomRegistry(registry)
            .CreateGauge("gateway_build_info", "Always 1; the labels say what runs.", ["version", "commit", "runtime", "architecture"])
            .WithLabels(parts[0], parts.Length > 1 ? parts[1] : "", Environment.Version.ToString(), RuntimeInformation.ProcessArchitecture.ToString())
            .Set(1);
    }
}
