namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>One cell to measure.</summary>
/// <param name="RoundTrip">Milliseconds.</param>
internal sealed record ColdStartCase(ColdStartTarget Target, int RoundTrip, ColdStartProtocol Protocol, string WakeOn)
{
    /// <summary>What <c>--only</c> chooses by: <c>Docker bridge Stopped, TLS 1.3, Syn, 250 ms</c>.</summary>
    public string Name => $"{Target.Name}, {Protocol.Name}, {WakeOn}, {RoundTrip} ms";
}

/// <summary>Cells that are measured in turns: the same link and protocol and mostly the same function, so that one warm request a round is beside all of them.</summary>
internal sealed record ColdStartGroup(IReadOnlyList<ColdStartCase> Cases)
{
    public ColdStartTarget Target => Cases[0].Target;

    public int RoundTrip => Cases[0].RoundTrip;

    public ColdStartProtocol Protocol => Cases[0].Protocol;

    public string Name => $"{string.Join(" and ", Cases.Select(one => one.Target.Name).Distinct())}, {Protocol.Name}, {RoundTrip} ms";

    /// <summary>About how long one round takes, in seconds.</summary>
    public double Seconds =>
        (((Cases.Count + 1) * ((Protocol.RoundTrips * RoundTrip) + 30)) + (Cases.Count * Target.TypicalStart / 2) + 150) / 1000;
}
