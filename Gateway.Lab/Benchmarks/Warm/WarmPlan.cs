namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Turns of every subject at full load.</param>
/// <param name="Seconds">Of each turn.</param>
/// <param name="LatencyRounds">Turns of every subject at the fixed rate, and one by one.</param>
/// <param name="PacedSeconds">Of each turn at the fixed rate.</param>
/// <param name="OneByOne">Requests of each turn one by one.</param>
internal sealed record WarmPlan(int Rounds, double Seconds, int LatencyRounds, double PacedSeconds, int OneByOne)
{
    /// <summary>Requests a second at the fixed rate: below the saturation of the slowest by far.</summary>
    public const int Rate = 2000;

    /// <summary>Longest warm-up of one subject in one case, in loads of <see cref="WarmUpSeconds"/>.</summary>
    public const int LongestWarmUp = 10;

    public const double WarmUpSeconds = 1.5;

    public static WarmPlan Of(BenchRun run) =>
        run.Pick(full: new WarmPlan(Rounds: 7, Seconds: 1.5, LatencyRounds: 2, PacedSeconds: 1.5, OneByOne: 2000), quick: new WarmPlan(3, 1, 1, 1, 1000));
}
