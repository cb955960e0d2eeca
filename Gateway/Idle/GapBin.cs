namespace Gateway.Idle;

/// <summary>One class of lengths in a <see cref="GapHistogram"/>.</summary>
internal struct GapBin
{
    /// <summary>The chance of a bin that no gap has reached. It assumes that the time to come is as long as the time gone by.</summary>
    private const double Prior = 0.16;

    /// <summary>How many gaps count fully. Older ones fade, so that a changed habit is learned.</summary>
    private const int Memory = 16;

    /// <summary>How many gaps count fully for the mean and the deviation.</summary>
    private const int SpreadMemory = 8;

    /// <summary>How many gaps were at least as long as the beginning of the bin.</summary>
    public int Reached { get; set; }

    /// <summary>How many gaps ended in the bin.</summary>
    public int Ended { get; set; }

    /// <summary>The part, 0 to 1, of the gaps that reach the bin that end in it. Newer ones weigh more.</summary>
    public double Share { get; set; }

    /// <summary>The mean length, in seconds, of the gaps that ended in the bin.</summary>
    public double Mean { get; set; }

    /// <summary>The mean distance, in seconds, of these gaps from their mean length.</summary>
    public double Deviation { get; set; }

    /// <summary>The chance, 0 to 1, that a gap that reaches the bin ends in it: <see cref="Share"/>, corrected while there are few gaps.</summary>
    public readonly double Chance
    {
        get
        {
            var weight = Math.Min(Reached, Memory);
            return ((Share * weight) + Prior) / (weight + 1);
        }
    }

    /// <summary>Notes that a gap went on past this bin.</summary>
    public void Pass()
    {
        Reached++;
        Share -= Share / Math.Min(Reached, Memory);
    }

    /// <summary>Notes that a gap ended in this bin.</summary>
    public void End(double seconds)
    {
        Reached++;
        Ended++;
        Share += (1 - Share) / Math.Min(Reached, Memory);
        var weight = 1.0 / Math.Min(Ended, SpreadMemory);
        var off = Math.Abs(seconds - Mean);
        Mean += (seconds - Mean) * weight;
        // The first gap has no distance. The second one's is half of the difference between the two.
        Deviation = Ended == 1 ? 0 : Deviation + ((off - Deviation) * weight);
    }
}
