namespace Gateway.Activation;

/// <summary>The line of the starts that one group of sources wants of one function, in order of arrival.</summary>
internal sealed class FunctionLane(GroupShare group, FunctionShare function)
{
    public GroupShare Group { get; } = group;

    public FunctionShare Function { get; } = function;

    public LinkedList<StartTicket> Line { get; } = new();

    /// <summary>Gets the lane's place among those of its group that may be served, or null while it is parked or empty.</summary>
    public LinkedListNode<FunctionLane>? Turn { get; set; }

    /// <summary>Gets or sets whether the lane waits until its function has another start.</summary>
    public bool IsParked { get; set; }
}
