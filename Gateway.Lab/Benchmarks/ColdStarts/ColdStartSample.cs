using Gateway.Lab.Clients;
using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>One cold start, as the client saw it and as the gateway tells it.</summary>
internal sealed record ColdStartSample(CurlResult Client, ColdStart Gateway)
{
    /// <summary>Time to first byte, milliseconds.</summary>
    public double Cold => Client.StartTransfer;

    /// <summary>T_ready, milliseconds.</summary>
    public double Ready => Phase("ready")!.Value;

    /// <summary>W, milliseconds.</summary>
    public double Window => Phase("request")!.Value;

    /// <summary>From when program and request were both there to the first byte: what is ours alone. Null without eBPF.</summary>
    public double? Answer => Phase("firstByte") - Math.Max(Phase("listening") ?? double.NaN, Window) is { } time && !double.IsNaN(time) ? time : null;

    /// <summary>Milliseconds after the signal; null when the phase did not happen.</summary>
    public double? Phase(string name) => Gateway.Phases.GetValueOrDefault(name) / 1000.0;
}

/// <summary>All that was measured of one cell.</summary>
/// <param name="Warm">Times to first byte of the warm requests of the same rounds.</param>
internal sealed record ColdStartSamples(ColdStartCase Case, IReadOnlyList<ColdStartSample> Cold, IReadOnlyList<double> Warm);
