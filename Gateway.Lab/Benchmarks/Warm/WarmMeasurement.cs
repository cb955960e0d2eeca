using HdrHistogram;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Measures one case: the subjects take turns, A B C D A B C D, so that what the machine does meanwhile falls on all.</summary>
internal sealed class WarmMeasurement(WarmSubjects subjects, WarmLoad load, WarmPlan plan, Progress progress)
{
    /// <returns>By subject; and the response times of the function itself, without a proxy.</returns>
    public async Task<(IReadOnlyDictionary<string, WarmSamples> Samples, LongHistogram Direct)> RunAsync(WarmCase @case, CancellationToken cancellationToken)
    {
        var samples = subjects.All.ToDictionary(subject => subject.Name, _ => new WarmSamples(), StringComparer.Ordinal);
        var direct = WarmSamples.NewHistogram();
        foreach (var subject in subjects.All)
        {
            progress.Step($"{@case.Name}: {subject.Name} warms up", subject.IsDotnet ? WarmPlan.WarmUp : 0);
            await WarmUpAsync(subject, @case, cancellationToken);
        }

        for (var round = 1; round <= plan.Rounds; round++)
        {
            progress.Step($"{@case.Name}: full load, round {round} of {plan.Rounds}", WarmPlan.Round(subjects.All.Count));
            foreach (var subject in subjects.All)
            {
                await SaturateAsync(subject, @case, samples[subject.Name], cancellationToken);
            }
        }

        for (var round = 1; round <= plan.LatencyRounds; round++)
        {
            progress.Step($"{@case.Name}: {WarmPlan.Rate} requests/s, and one by one, round {round} of {plan.LatencyRounds}", plan.LatencyRound(subjects.All.Count));
            await load.OneByOneAsync(WarmCase.All[0], WarmSubjects.DirectUrl, plan.OneByOne, direct, cancellationToken);
            foreach (var subject in subjects.All)
            {
                var sample = samples[subject.Name];
                await load.OneByOneAsync(@case, subject.Ports.Url(@case), plan.OneByOne, sample.OneByOne, cancellationToken);
                sample.Paced.Add(await load.PaceAsync(@case, subject.Ports.Url(@case), WarmPlan.Rate, WarmPlan.TurnSeconds, sample.AtRate, cancellationToken));
            }
        }

        return (samples, direct);
    }

    // First at a rate that leaves the core to the compiler, then until it gets no faster.
    private async Task WarmUpAsync(WarmSubject subject, WarmCase @case, CancellationToken cancellationToken)
    {
        var url = subject.Ports.Url(@case);
        if (!subject.IsDotnet)
        {
            return;
        }

        await load.PaceAsync(@case, url, WarmPlan.Rate, WarmPlan.PacedWarmUpSeconds, WarmSamples.NewHistogram(), cancellationToken);
        List<double> rates = [];
        while (rates.Count < WarmPlan.LongestWarmUp && (rates.Count < 4 || rates.TakeLast(2).Max() > rates[^3] * 1.03))
        {
            rates.Add((await load.SaturateAsync(@case, url, WarmPlan.TurnSeconds, cancellationToken)).PerSecond);
        }
    }

    private async Task SaturateAsync(WarmSubject subject, WarmCase @case, WarmSamples samples, CancellationToken cancellationToken)
    {
        var allocated = await subject.AllocatedAsync(cancellationToken);
        var cpu = subject.CpuSeconds();
        var result = await load.SaturateAsync(@case, subject.Ports.Url(@case), WarmPlan.TurnSeconds, cancellationToken);
        cpu = subject.CpuSeconds() - cpu;
        samples.PerSecond.Add(result.PerSecond);
        samples.CpuSeconds.Add(cpu / result.Requests);
        samples.CpuShare.Add(Math.Min(1, cpu / result.Seconds));
        if (allocated is { } before)
        {
            samples.Allocated.Add((double)((await subject.AllocatedAsync(cancellationToken))! - before) / result.Requests);
        }
    }
}
