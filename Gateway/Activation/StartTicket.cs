namespace Gateway.Activation;

/// <summary>
/// One start's claim on the budget: it waits in line, has a place, or is over. It changes under the lock of <see cref="StartBudget"/>.
/// </summary>
internal sealed class StartTicket(FunctionShare function)
{
    private readonly TaskCompletionSource<bool> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets a task that completes when the start may begin (true) or was given up (false). It is canceled if its start was.</summary>
    public Task<bool> Taken => _taken.Task;

    /// <summary>Gets the share of the function that starts.</summary>
    public FunctionShare Function { get; } = function;

    /// <summary>Gets or sets the group whose place it has, or null if it has none.</summary>
    public GroupShare? Holder { get; set; }

    /// <summary>Gets whether it was given to a handshake.</summary>
    public bool IsSpeculative { get; init; }

    /// <summary>Gets whether it was given to the SYN of a source that had not established a connection before.</summary>
    public bool IsFromAnybody { get; init; }

    /// <summary>Gets or sets the group whose share of what SYNs may have it takes, or null if it was not given to a SYN, or is proven or over.</summary>
    public GroupShare? Unproven { get; set; }

    /// <summary>Gets or sets whether the SYN is on trial. Then it takes its share until that is over, and not only while the start takes.</summary>
    public bool IsOnTrial { get; set; }

    /// <summary>Gets the lines that it waits in: one for each group of sources that wants the start.</summary>
    public List<(FunctionLane Lane, LinkedListNode<StartTicket> Node)> Lanes { get; } = [];

    /// <summary>Gets whether it waits for a place.</summary>
    public bool IsWaiting => !_taken.Task.IsCompleted;

    /// <summary>Says that the start may begin.</summary>
    public void Grant() => _taken.TrySetResult(true);

    /// <summary>Says that nobody wants the start any more.</summary>
    public void GiveUp() => _taken.TrySetResult(false);

    /// <summary>Says that the start was canceled.</summary>
    public void Cancel(CancellationToken cancellationToken) => _taken.TrySetCanceled(cancellationToken);
}
