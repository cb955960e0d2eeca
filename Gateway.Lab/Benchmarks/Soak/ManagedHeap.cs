using System.Diagnostics.Tracing;
using Gateway.Lab.Hosts;
using Microsoft.Diagnostics.NETCore.Client;

namespace Gateway.Lab.Benchmarks.Soak;

/// <summary>What a gateway's managed heap holds that is still in use.</summary>
internal static class ManagedHeap
{
    /// <summary>GCHeapCollectKeyword of the runtime's events: a session that asks for it begins with a full collection.</summary>
    private const long CollectKeyword = 0x800000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Makes the gateway collect all that nothing refers to.</summary>
    /// <returns>Returns the MiB that are left.</returns>
    /// <exception cref="LabException">The gateway has not collected within 30 s.</exception>
    public static async Task<double> MeasureAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        var before = (await gateway.MetricsAsync(cancellationToken)).Sum("dotnet_collection_count_total", ("generation", "2"));
        using var session = await new DiagnosticsClient(gateway.ProcessId).StartEventPipeSessionAsync(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectKeyword), requestRundown: false, token: cancellationToken);
        // Somebody has to read what the session says, or it does not end.
        var reading = session.EventStream.CopyToAsync(Stream.Null, cancellationToken);
        var until = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var metrics = await gateway.MetricsAsync(cancellationToken);
            if (metrics.Sum("dotnet_collection_count_total", ("generation", "2")) > before)
            {
                await session.StopAsync(cancellationToken);
                await reading;
                return metrics.Sum("dotnet_total_memory_bytes") / (1 << 20);
            }

            if (TimeProvider.System.GetElapsedTime(until) > s_patience)
            {
                throw new LabException("The gateway has not collected its garbage");
            }

            // The collection is the finalizer's to begin, and of its end only the count tells.
            await Task.Delay(50, cancellationToken);
        }
    }
}
