namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Measures one case: the subjects take turns, A B C D A B C D, so that what the machine does meanwhile falls on all.</summary>
internal sealed class WarmMeasurement(WarmSubjects subjects, WarmLoad load, WarmPlan plan, Progress progress)
{
    private readonly WarmTurns _turns = new(load);

    /// <summary>Adds this generation's turns to what was measured of the case.</summary>
    public async Task RunAsync(WarmCaseSamples measured, CancellationToken cancellationToken)
    {
        var @case = measured.Case;
        foreach (var subject in subjects.All)
        {
            progress.Step($"{@case.Name}: {subject.Name} warms up", subject.IsDotnet ? WarmPlan.WarmUp : 0);
            await _turns.WarmUpAsync(subject, @case, cancellationToken);
        }

        for (var round = 1; round <= plan.Rounds; round++)
        {
            progress.Step($"{@case.Name}: full load, round {round} of {plan.Rounds}", WarmPlan.Round(subjects.All.Count));
            foreach (var subject in subjects.All)
            {
                await _turns.SaturateAsync(subject, @case, measured.Of(subject.Name), cancellationToken);
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
}
