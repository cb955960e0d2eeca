using Gateway.Lab.Benchmarks.ColdStarts;
using Gateway.Lab.Programs;

namespace Gateway.Lab.Benchmarks.Programs;

/// <summary>What is measured of one program.</summary>
/// <param name="Boot">Its boot. The request wakes it and waits from then on, so that the first answer comes as soon as the program can give it.</param>
/// <param name="Tiers">Its tiers in turns, one group for each round trip.</param>
internal sealed record ProgramGroups(RealProgram Program, ColdStartGroup Boot, IReadOnlyList<ColdStartGroup> Tiers)
{
    private static readonly string[] s_tiers = ["Stopped", "Initialized", "Paused"];
    private static readonly int[] s_roundTrips = [25, 100, 250];

    public IReadOnlyList<ColdStartGroup> All => [Boot, .. Tiers];

    public static ProgramGroups Of(RealProgram program) => new(
        program,
        new ColdStartGroup([Case(program, "Initialized", 0, "Request")]),
        [.. s_roundTrips.Select(roundTrip => new ColdStartGroup([.. s_tiers.Select(tier => Case(program, tier, roundTrip, "Syn"))]))]);

    private static ColdStartCase Case(RealProgram program, string tier, int roundTrip, string wakeOn) =>
        new(new ColdStartTarget("Docker", "bridge", tier) { Program = program }, roundTrip, ColdStartProtocol.Tls13, wakeOn);
}
