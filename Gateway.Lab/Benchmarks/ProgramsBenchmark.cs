using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Benchmarks.Programs;
using Gateway.Lab.Programs;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks;

/// <summary><c>./bench programs</c> measures the cold starts of programs that others have written, in containers, by tier and round trip.</summary>
internal sealed class ProgramsBenchmark : IBenchmark
{
    /// <summary>How long the engine, its images and the gateway take, in seconds.</summary>
    private const double SetUp = 60;

    public IReadOnlyList<string> Programs => ["curl", "dockerd"];

    public async Task<BenchResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var rounds = run.Pick(full: 20, quick: 5);
        var programs = RealPrograms.All.Select(ProgramGroups.Of).ToArray();
        run.Progress.Plan(SetUp + programs.SelectMany(program => program.All).Sum(group => group.Seconds * rounds));
        run.Progress.Step("unpacking the programs, starting the link, the engine and the gateway", SetUp);
        await using var rig = await ColdStartRig.StartAsync([.. programs.SelectMany(program => program.All).SelectMany(group => group.Cases)], PublishedPrograms.Gateway);
        var quiet = new QuietMachine(TimeProvider.System);
        List<ProgramSamples> samples = [];
        foreach (var program in programs)
        {
            var boots = await MeasureAsync(program.Boot, warmUp: true);
            List<ColdStartSamples> tiers = [];
            foreach (var group in program.Tiers)
            {
                tiers.AddRange(await MeasureAsync(group, warmUp: group == program.Tiers[0]));
            }

            samples.Add(new ProgramSamples(program.Program, boots[0], tiers));
        }

        return new BenchResult([.. samples.SelectMany(program => program.Cells)], ProgramText.Write(samples, await rig.DisturbancesAsync(quiet)), []);

        async Task<IReadOnlyList<ColdStartSamples>> MeasureAsync(ColdStartGroup group, bool warmUp)
        {
            run.Progress.Step($"{group.Target.Program!.Name}, {group.RoundTrip} ms", group.Seconds * rounds);
            var measuring = new ColdStartRounds(rig, group, quiet);
            if (warmUp)
            {
                await measuring.WarmUpAsync(cancellationToken);
            }

            return await measuring.MeasureAsync(rounds, cancellationToken);
        }
    }
}
