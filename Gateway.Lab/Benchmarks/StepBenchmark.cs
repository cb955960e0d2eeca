using System.Globalization;
using Gateway.Lab.Benchmarks.Step;
using Gateway.Lab.Hosts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench step</c> measures how a function follows a step of load, beside one whose instances run all the time.</summary>
internal sealed class StepBenchmark : IBenchmark
{
    private static readonly TimeSpan s_roundTrip = TimeSpan.FromMilliseconds(2);

    public IReadOnlyList<string> Programs => [];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var plan = run.Pick(new StepPlan(Quiet: 2, Lasts: 15, After: 30, Window: 10), new StepPlan(Quiet: 1, Lasts: 4, After: 12, Window: 3));
        run.Progress.Plan(2 * (plan.Seconds + 3));
        await using var network = await LabNetwork.CreateAsync(s_roundTrip);
        var program = await HelloSample.BuildAsync();
        run.Progress.Step("a step against a function at rest", plan.Seconds + 3);
        var scaled = await new StepMeasurement(network, program, plan).RunAsync("scaled", min: 0, cancellationToken);
        run.Progress.Step("the same against all its instances", plan.Seconds + 3);
        var withAll = await new StepMeasurement(network, program, plan).RunAsync("fixed", min: StepPlan.Max, cancellationToken);
        StepCell[] cells = [scaled.Cell(), withAll.Cell()];
        return new BenchResult(cells, Describe(cells, plan), [StepPicture.Draw(scaled, withAll)]);
    }

    private static string Describe(StepCell[] cells, StepPlan plan)
    {
        var table = new MarkdownTable("instances", "answered", "lost", "first answer ms", "all run after ms", "p50 ms", "p99 ms", "p99 of the second half", "instance seconds");
        foreach (var cell in cells)
        {
            table.Add(
                cell.Subject, $"{cell.Requests}", $"{cell.Lost}", Number(cell.FirstAnswer), Number(cell.AllRun), Number(cell.P50), Number(cell.P99), Number(cell.LateP99),
                cell.InstanceSeconds.ToString("0", CultureInfo.InvariantCulture));
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{table}\n{StepPlan.Connections} connections ask for {plan.Lasts} s, {StepPlan.Few} of them for {plan.After} s more; Scale:Window is {plan.Window} s. Target: nothing lost.\n");
    }

    private static string Number(double value) => MarkdownTable.Milliseconds(value);
}
