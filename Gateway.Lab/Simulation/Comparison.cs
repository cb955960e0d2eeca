using System.Globalization;
using Gateway.Configuration;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Simulation;

/// <summary>All strategies on the same traces, and the tables that show it.</summary>
internal sealed class Comparison
{
    private static readonly IdleOptions TenMinutes = new() { After = TimeSpan.FromMinutes(10) };

    private readonly List<(Strategy Strategy, Outcome Outcome)> _rows = [];

    /// <summary>The strategy that all are compared to: a keep-alive of ten minutes, woken by the request.</summary>
    public Outcome Fixed => _rows[0].Outcome;

    /// <summary>The gateway's own policy with a budget of what the fixed keep-alive used on average.</summary>
    public Outcome Auto => _rows[^1].Outcome;

    /// <summary>Runs all strategies.</summary>
    /// <param name="count">The number of functions.</param>
    /// <param name="length">The length of the traces.</param>
    /// <param name="seed">The seed of the traces.</param>
    public static Comparison Run(int count, TimeSpan length, int seed)
    {
        var functions = Traces.Generate(count, length, seed);
        var comparison = new Comparison();
        comparison.Add(functions, length, new Strategy("fixed 10 min, by request", IsAuto: false, WakesOnSyn: false, TenMinutes));
        var budget = comparison.Fixed.Total.Memory * 1024 / length.TotalHours;
        comparison.Add(functions, length, new Strategy("fixed 10 min, by SYN", IsAuto: false, WakesOnSyn: true, TenMinutes));
        comparison.Add(functions, length, new Strategy("Auto, by request, budget", IsAuto: true, WakesOnSyn: false, new()) { Budget = budget });
        comparison.Add(functions, length, new Strategy("Auto, by SYN, no history, budget", IsAuto: true, WakesOnSyn: true, new()) { HasHistory = false, Budget = budget });
        comparison.Add(functions, length, new Strategy("Auto, by SYN, no budget", IsAuto: true, WakesOnSyn: true, new()));
        comparison.Add(functions, length, new Strategy("Auto, by SYN, budget", IsAuto: true, WakesOnSyn: true, new()) { Budget = budget });
        return comparison;
    }

    public override string ToString()
    {
        var all = new MarkdownTable("strategy", "requests", "cold starts", "noticed", "of fixed", "waited, s", "memory, GiB h", "of fixed", "peak, GiB", "probes", "expected wakes");
        foreach (var (strategy, outcome) in _rows)
        {
            var total = outcome.Total;
            all.Add(
                strategy.Name, Whole(total.Uses), Whole(total.ColdStarts), Whole(total.Noticed), Ratio(total.Noticed, Fixed.Total.Noticed), Whole(total.Waited),
                Whole(total.Memory), Ratio(total.Memory, Fixed.Total.Memory), (outcome.PeakMemory / 1024).ToString("0.0", CultureInfo.InvariantCulture), Whole(outcome.Probes), Whole(outcome.ExpectedWakes));
        }

        var kinds = new MarkdownTable("pattern", "strategy", "requests", "cold starts", "noticed", "waited, s", "memory, GiB h");
        foreach (var kind in Enum.GetValues<DemandKind>())
        {
            foreach (var (strategy, outcome) in _rows)
            {
                var its = outcome.ByKind[(int)kind];
                kinds.Add(kind.ToString(), strategy.Name, Whole(its.Uses), Whole(its.ColdStarts), Whole(its.Noticed), Whole(its.Waited), Whole(its.Memory));
            }
        }

        return $"{all}\n{kinds}";
    }

    private void Add(IReadOnlyList<SimulatedFunction> functions, TimeSpan length, Strategy strategy) =>
        _rows.Add((strategy, Simulation.Run(functions, length, strategy)));

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Ratio(double value, double of) => of == 0 ? "" : (value / of).ToString("0.00", CultureInfo.InvariantCulture);
}
