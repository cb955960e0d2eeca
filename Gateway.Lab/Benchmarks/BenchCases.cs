namespace Gateway.Lab.Benchmarks;

/// <summary>The cases by name.</summary>
internal static class BenchCases
{
    private static readonly Dictionary<string, Func<IBenchmark>> s_cases = new(StringComparer.Ordinal)
    {
        ["coldstart"] = () => new ColdStartBenchmark(),
        ["programs"] = () => new ProgramsBenchmark(),
        ["chain"] = () => new ChainBenchmark(),
        ["signal"] = () => new SignalBenchmark(),
        ["warm"] = () => new WarmBenchmark(),
        ["flood"] = () => new FloodBenchmark(),
        ["soak"] = () => new SoakBenchmark(),
        ["rest"] = () => new RestBenchmark(),
        ["scale"] = () => new ScaleBenchmark(),
        ["step"] = () => new StepBenchmark(),
        ["direct"] = () => new DirectBenchmark(),
    };

    public static IEnumerable<string> Names => s_cases.Keys;

    public static IBenchmark Create(string name) => s_cases[name]();
}
