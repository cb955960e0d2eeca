namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Single turns of a subject, and what comes before them.</summary>
internal sealed class WarmTurns(WarmLoad load)
{
    /// <summary>
    /// Puts load on a subject that is compiled while it runs: first at a rate that leaves the core to the compiler, then full, until the compiler had nothing to do after
    /// two turns. What it compiles after a turn would fall into the turn of another subject.
    /// </summary>
    public async Task WarmUpAsync(WarmSubject subject, WarmCase @case, CancellationToken cancellationToken)
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

    /// <summary>Adds a turn of full load.</summary>
    public async Task SaturateAsync(WarmSubject subject, WarmCase @case, WarmSamples samples, CancellationToken cancellationToken)
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
