using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>One cold start, as the client saw it and as the gateway reports it.</summary>
internal sealed record ColdStartSample(CurlResult Client, ColdStart Gateway)
{
    /// <summary>The time to the first byte in milliseconds.</summary>
    public double Cold => Client.StartTransfer;

    /// <summary>T_ready in milliseconds.</summary>
    public double Ready => Phase("ready")!.Value;

    /// <summary>W in milliseconds.</summary>
    public double Window => Phase("request")!.Value;

    /// <summary>The time from when both the program listened and the request had arrived to the first byte, which only the gateway causes. Null without eBPF.</summary>
    public double? Answer => Phase("firstByte") - Math.Max(Phase("listening") ?? double.NaN, Window) is { } time && !double.IsNaN(time) ? time : null;

    /// <summary>Milliseconds after the signal; null when the phase did not happen.</summary>
    public double? Phase(string name) => Gateway.Phases.GetValueOrDefault(name) / 1000.0;
}

/// <summary>All measurements of one cell.</summary>
/// <param name="Warm">Times to first byte of the warm requests of the same rounds.</param>
internal sealed record ColdStartSamples(ColdStartCase Case, IReadOnlyList<ColdStartSample> Cold, IReadOnlyList<double> Warm);
