using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench coldstart</c> measures how long a client waits for a function at rest, by round trip, protocol, signal and runtime.</summary>
internal sealed class ColdStartBenchmark : IBenchmark
{
    /// <summary>How long the engine and the gateway take to start, in seconds.</summary>
    private const double SetUp = 8;

    public IReadOnlyList<string> Programs => ["curl", "dockerd"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var rounds = run.Pick(full: 20, quick: 5);
        var groups = ColdStartTable.Groups(run.Quick, run.NameFilter);
        if (groups.Count == 0)
        {
            throw new LabException($"No cell's name matches '{run.NameFilter}'; a name is like '{ColdStartTable.Groups(run.Quick, only: null)[0].Cases[0].Name}'");
        }

        run.Progress.Plan(SetUp + groups.Sum(group => group.Seconds * rounds));
        run.Progress.Step("starting the link, the engine and the gateway", SetUp);
        await using var rig = await ColdStartRig.StartAsync([.. groups.SelectMany(group => group.Cases)], PublishedPrograms.Gateway);
        var quiet = new QuietMachine(TimeProvider.System);
        List<ColdStartSamples> samples = [];
        foreach (var group in groups)
        {
            run.Progress.Step(group.Name, group.Seconds * rounds);
            var measuring = new ColdStartRounds(rig, group, quiet);
            if (!samples.Exists(before => before.Case.Target == group.Target && before.Case.Protocol == group.Protocol))
            {
                await measuring.WarmUpAsync(cancellationToken);
            }

            samples.AddRange(await measuring.MeasureAsync(rounds, cancellationToken));
        }

        var cells = ColdStartCells.Merge(
            samples.ConvertAll(ColdStartCells.Of), run.EarlierCells, ColdStartTable.Groups(run.Quick, only: null).SelectMany(group => group.Cases));
        // A run of a part has only its own single starts.
        Picture[] single = run.NameFilter is null ? [.. WaterfallPicture.Draw(samples), new Picture("coldstart-starts.csv", ColdStartText.Starts(samples))] : [];
        return new BenchResult(cells, ColdStartText.Write(cells, await rig.DisturbancesAsync(quiet)), [.. PenaltyPicture.Draw(cells), .. single]);
    }
}
