namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Turns of every subject at full load.</param>
/// <param name="LatencyRounds">Turns of every subject at the fixed rate, and one by one.</param>
/// <param name="OneByOne">Requests of each turn one by one.</param>
internal sealed record WarmPlan(int Rounds, int LatencyRounds, int OneByOne)
{
    /// <summary>Seconds of a turn at full load, and of one at the fixed rate. Many short turns: the machine has less time to change between two of a round.</summary>
    public const int TurnSeconds = 1;

    /// <summary>Requests a second at the fixed rate: below the saturation of the slowest by far.</summary>
    public const int Rate = 2000;

    /// <summary>Of each .NET subject before each case, at the fixed rate: so the compiler has most of the core.</summary>
    public const int PacedWarmUpSeconds = 3;

    /// <summary>Most turns at full load that come after, until it gets no faster.</summary>
    public const int LongestWarmUp = 6;

    /// <summary>A turn with what starting the load generator and its handshakes take.</summary>
    public const double TurnWithStart = TurnSeconds + 0.2;

    public static WarmPlan Of(BenchRun run) =>
        run.Pick(full: new WarmPlan(Rounds: 7, LatencyRounds: 2, OneByOne: 2000), quick: new WarmPlan(3, 1, 1000));

    /// <summary>What a warm-up takes as a rule.</summary>
    public static double WarmUp => PacedWarmUpSeconds + (4 * TurnWithStart);

    /// <summary>What a round at full load takes.</summary>
    public static double Round(int subjects) => subjects * TurnWithStart;

    /// <summary>What a round of response times takes.</summary>
    public double LatencyRound(int subjects) => (subjects * TurnWithStart) + ((subjects + 1) * OneByOne / 4000.0);

    /// <summary>What a case takes.</summary>
    public double Case(int subjects, int warmUps) => (warmUps * WarmUp) + (Rounds * Round(subjects)) + (LatencyRounds * LatencyRound(subjects));
}
