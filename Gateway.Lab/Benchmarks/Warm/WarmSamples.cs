using HdrHistogram;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>One subject's turns in one case.</summary>
internal sealed class WarmSamples
{
    /// <summary>Requests a second of each turn at full load, in order.</summary>
    public List<double> PerSecond { get; } = [];

    /// <summary>Processor time of a request, in seconds, of each turn.</summary>
    public List<double> CpuSeconds { get; } = [];

    /// <summary>Part of its core that it used, of each turn.</summary>
    public List<double> CpuShare { get; } = [];

    /// <summary>Bytes allocated for a request, of each turn; empty for what has no garbage collector.</summary>
    public List<double> Allocated { get; } = [];

    /// <summary>Requests a second that came about at the fixed rate.</summary>
    public List<double> Paced { get; } = [];

    /// <summary>Response times at the fixed rate, in microseconds.</summary>
    public LongHistogram AtRate { get; } = NewHistogram();

    /// <summary>Response times one by one, in microseconds.</summary>
    public LongHistogram OneByOne { get; } = NewHistogram();

    /// <summary>1 us to 10 s with three digits.</summary>
    public static LongHistogram NewHistogram() => new(1, 10_000_000, 3);
}
