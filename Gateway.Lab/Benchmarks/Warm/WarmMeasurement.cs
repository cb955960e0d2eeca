namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Measures one case: the subjects take turns, A B C D A B C D, so that what the machine does meanwhile falls on all.</summary>
internal sealed class WarmMeasurement(WarmSubjects subjects, WarmLoad load, WarmPlan plan, Progress progress)
{
    /// <summary>Adds this generation's turns to what was measured of the case.</summary>
    public async Task RunAsync(WarmCaseSamples measured, CancellationToken cancellationToken)
    {
        var @case = measured.Case;
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
                await SaturateAsync(subject, @case, measured.Of(subject.Name), cancellationToken);
            }
        }

        for (var round = 1; round <= plan.LatencyRounds; round++)
        {
            progress.Step($"{@case.Name}: {WarmPlan.Rate} requests/s, and one by one, round {round} of {plan.LatencyRounds}", plan.LatencyRound(subjects.All.Count));
            await load.OneByOneAsync(WarmCase.All[0], WarmSubjects.DirectUrl, plan.OneByOne, measured.Direct, cancellationToken);
            foreach (var subject in subjects.All)
            {
                var sample = measured.Of(subject.Name);
                await load.OneByOneAsync(@case, subject.Ports.Url(@case), plan.OneByOne, sample.OneByOne, cancellationToken);
                sample.Paced.Add(await load.PaceAsync(@case, subject.Ports.Url(@case), WarmPlan.Rate, WarmPlan.TurnSeconds, sample.AtRate, cancellationToken));
            }
        }
    }

    // The load is first at a rate that leaves the core to the compiler, then full, until the compiler had nothing to do after two turns. What it
    // compiles after a turn would fall into the turn of another subject.
    private async Task WarmUpAsync(WarmSubject subject, WarmCase @case, CancellationToken cancellationToken)
    {
        var url = subject.Ports.Url(@case);
        if (!subject.IsDotnet)
        {
            return;
        }

        await load.PaceAsync(@case, url, WarmPlan.Rate, WarmPlan.PacedWarmUpSeconds, WarmSamples.NewHistogram(), cancellationToken);
        for (int turn = 0, quiet = 0; turn < WarmPlan.LongestWarmUp && quiet < 2; turn++)
        {
            await load.SaturateAsync(@case, url, WarmPlan.TurnSeconds, cancellationToken);
            quiet = await WasQuietAsync(subject, cancellationToken) ? quiet + 1 : 0;
        }
    }

    /// <summary>Waits until a subject without load does nothing.</summary>
    /// <returns>Whether it did nothing from the first moment on.</returns>
    private static async Task<bool> WasQuietAsync(WarmSubject subject, CancellationToken cancellationToken)
    {
        for (var pause = 0; pause < WarmPlan.LongestPauses; pause++)
        {
            // A process does not report when its compiler has finished, but its processor time shows it.
            var cpu = subject.CpuSeconds();
            await Task.Delay(WarmPlan.Pause, cancellationToken);
            if (subject.CpuSeconds() - cpu < WarmPlan.Quiet * WarmPlan.Pause.TotalSeconds)
            {
                return pause == 0;
            }
        }

        return false;
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
