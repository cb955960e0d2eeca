namespace Gateway.Lab.Simulation;

/// <summary>The results of a simulated week.</summary>
internal sealed class Outcome
{
    private static readonly int Kinds = Enum.GetValues<DemandKind>().Length;

    /// <summary>The results by demand pattern.</summary>
    public Tally[] ByKind { get; } = [.. Enumerable.Range(0, Kinds).Select(_ => new Tally())];

    public int Probes { get; set; }

    public int ExpectedWakes { get; set; }

    /// <summary>The most memory in use at any time, in MiB.</summary>
    public double PeakMemory { get; set; }

    public Tally Total => ByKind.Aggregate(new Tally(), (sum, one) => sum.Add(one));
}

internal sealed class Tally
{
    public int Uses { get; set; }

    /// <summary>How many requests came while a wake of their function began or was under way.</summary>
    public int ColdStarts { get; set; }

    /// <summary>How many of these requests had a client that waited longer than <see cref="Simulation.Noticed"/>.</summary>
    public int Noticed { get; set; }

    /// <summary>The time that all clients together waited for wakes, in seconds.</summary>
    public double Waited { get; set; }

    /// <summary>Memory times time, in GiB hours.</summary>
    public double Memory { get; set; }

    public Tally Add(Tally other) => new()
    {
        Uses = Uses + other.Uses,
        ColdStarts = ColdStarts + other.ColdStarts,
        Noticed = Noticed + other.Noticed,
        Waited = Waited + other.Waited,
        Memory = Memory + other.Memory,
    };
}
