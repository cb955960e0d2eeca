using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Programs;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Programs;

/// <summary>All measurements of one program.</summary>
internal sealed record ProgramSamples(RealProgram Program, ColdStartSamples Boots, IReadOnlyList<ColdStartSamples> Tiers)
{
    /// <summary>The median boot in milliseconds: from the word to the gate, which executes the program, to the first byte of its answer.</summary>
    public double Boot => Statistics.Median(Boots.Cold.Select(sample => (sample.Phase("firstByte") - sample.Phase("started"))!.Value));

    public IEnumerable<ProgramCell> Cells => Tiers.Select(Of);

    private ProgramCell Of(ColdStartSamples samples)
    {
        var (cold, warm) = (samples.Cold, Statistics.Median(samples.Warm));
        var ready = cold.Select(sample => sample.Ready).ToArray();
        var penalties = cold.Select(sample => sample.Cold - warm).ToArray();
        return new ProgramCell(
            Program.Name, Program.Version, Boot, samples.Case.Target.Tier, samples.Case.RoundTrip, cold.Count, Statistics.Median(ready), Statistics.Percentile(ready, 0.95),
            Statistics.Median(cold.Select(sample => sample.Window)), warm, Statistics.Median(cold.Select(sample => sample.Cold)), Statistics.Median(penalties), Statistics.Percentile(penalties, 0.95));
    }
}
