namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>How much is measured.</summary>
/// <param name="Generations">
/// How often all subjects are started. What the runtime's compiler makes of a method depends on what it saw first, so two processes of
/// one program differ by as much as a tenth for as long as they live.
/// </param>
/// <param name="Rounds">Turns of every subject at full load, of each generation and case.</param>
/// <param name="LatencyRounds">Turns of every subject at the fixed rate, and one by one, of each generation and case.</param>
/// <param name="OneByOne">Requests of each turn one by one.</param>
internal sealed record WarmPlan(int Generations, int Rounds, int LatencyRounds, int OneByOne)
{
    /// <summary>Seconds of a turn at full load, and of one at the fixed rate. Many short turns: the machine has less time to change between two of a round.</summary>
    public const int TurnSeconds = 1;

    /// <summary>Requests a second at the fixed rate: below the saturation of the slowest by far.</summary>
    public const int Rate = 2000;

    /// <summary>Of each .NET subject before each case, at the fixed rate: so the compiler has most of the core.</summary>
    public const int PacedWarmUpSeconds = 3;

    /// <summary>Most turns at full load that come after.</summary>
    public const int LongestWarmUp = 12;

    /// <summary>Most pauses after each of them.</summary>
    public const int LongestPauses = 20;

    /// <summary>Processor time of a process that does nothing, as a part of the time that passes: less than a tick of the kernel's count in a pause says no more.</summary>
    public const double Quiet = 0.05;

    /// <summary>
    /// Between two looks at whether a process still compiles. The runtime begins when nothing new has been called for 100 ms
    /// (DOTNET_TC_CallCountingDelayMs of clrconfignames.h).
    /// </summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    /// <summary>A turn with what starting the load generator and its handshakes take.</summary>
    public const double TurnWithStart = TurnSeconds + 0.2;

    public static WarmPlan Of(BenchRun run) =>
        run.Pick(full: new WarmPlan(Generations: 3, Rounds: 5, LatencyRounds: 1, OneByOne: 1000), quick: new WarmPlan(1, 3, 1, 1000));

    /// <summary>What a warm-up takes as a rule.</summary>
    public static double WarmUp => PacedWarmUpSeconds + (5 * (TurnWithStart + 0.6));

    /// <summary>What a round at full load takes.</summary>
    public static double Round(int subjects) => subjects * TurnWithStart;

    /// <summary>What a round of response times takes.</summary>
    public double LatencyRound(int subjects) => (subjects * TurnWithStart) + ((subjects + 1) * OneByOne / 4000.0);

    /// <summary>What a case takes in a generation.</summary>
    public double Case(int subjects, int warmUps) => (warmUps * WarmUp) + (Rounds * Round(subjects)) + (LatencyRounds * LatencyRound(subjects));
}
