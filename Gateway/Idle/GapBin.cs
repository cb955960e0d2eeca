namespace Gateway.Idle;

/// <summary>One class of lengths in a <see cref="GapHistogram"/>.</summary>
internal struct GapBin
{
    /// <summary>What is thought of a bin that no gap has reached: that the time to come is as long as the time gone by.</summary>
    private const double Prior = 0.16;

    /// <summary>Older gaps than so many fade, so that a changed habit is learned.</summary>
    private const int Memory = 16;

    private const int SpreadMemory = 8;

    /// <summary>Gaps that were at least as long as the bin begins.</summary>
    public int Reached { get; set; }

    /// <summary>Gaps that ended in it.</summary>
    public int Ended { get; set; }

    /// <summary>Part of the gaps reaching it that end in it, 0 to 1, newer ones weighing more.</summary>
    public double Share { get; set; }

    /// <summary>Mean length of those that ended in it, in seconds.</summary>
    public double Mean { get; set; }

    /// <summary>Their mean distance from that mean, in seconds.</summary>
    public double Deviation { get; set; }

    /// <summary><see cref="Share"/>, careful while there are few.</summary>
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
        // The first has no distance to speak of; the second's is half of what lies between the two.
        Deviation = Ended == 1 ? 0 : Deviation + ((off - Deviation) * weight);
    }
}
