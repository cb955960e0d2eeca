namespace Gateway.Activation;

/// <summary>
/// What a group of sources has of the budget, and what it waits for. It is used under the lock of <see cref="StartBudget"/>, and changes only while it is in
/// no sorted set.
/// </summary>
internal sealed class GroupShare(long number, int speculative, TimeProvider time)
{
    /// <summary>Gets the starts that handshakes of the group may begin in a minute.</summary>
    public TokenBucket Speculative { get; } = new(speculative, time);

    /// <summary>Gets a number that no other group has, for a total order.</summary>
    public long Number { get; } = number;

    /// <summary>Gets or sets the number of places that the group has.</summary>
    public int Held { get; set; }

    /// <summary>Gets or sets how many starts SYNs of the group have that are under way or on trial.</summary>
    public int Unproven { get; set; }

    /// <summary>Gets or sets when the group was last served: a number that grows with each place that is given.</summary>
    public long Served { get; set; }

    /// <summary>Gets the lines of the group by function.</summary>
    public Dictionary<FunctionShare, FunctionLane> Lanes { get; } = [];

    /// <summary>Gets the lines that may be served, the next one first.</summary>
    public LinkedList<FunctionLane> Turns { get; } = new();

    /// <summary>Gets whether nothing is known of the group that has to be kept.</summary>
    public bool IsIdle => Held == 0 && Unproven == 0 && Lanes.Count == 0;
}
