using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary>One case of <c>./bench</c>.</summary>
internal interface IBenchmark
{
    /// <summary>Programs that take part, for the report: names that <see cref="MachineReport"/> knows.</summary>
    IReadOnlyList<string> Programs { get; }

    Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken);
}
