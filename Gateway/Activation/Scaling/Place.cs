namespace Gateway.Activation.Scaling;

/// <summary>A request's wait for a free place in an instance.</summary>
/// <param name="only">The instance in which it needs the place, because its session is there, or null for any. One that takes no more requests stands for any too.</param>
internal sealed class Place(FunctionInstance? only = null)
{
    private readonly TaskCompletionSource<WaitResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FunctionInstance? Only => only;

    /// <summary>Gets the instance on which the request has got a lease, or null if it has none, and chooses one itself.</summary>
    public FunctionInstance? Lease { get; private set; }

    /// <summary>Gets or sets where it is in the queue, or null if it is not there. It is the queue's, under its lock.</summary>
    public LinkedListNode<Place>? Turn { get; set; }

    /// <summary>Gets or sets when the wait began, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Since { get; set; }

    /// <summary>Gets a task that completes when the request has got a place, or the function has failed.</summary>
    public Task<WaitResult> Result => _result.Task;

    /// <summary>Gives the request its place.</summary>
    public void Give(FunctionInstance lease)
    {
        Lease = lease;
        _result.TrySetResult(WaitResult.Running);
    }

    /// <summary>Ends the wait because the function has failed.</summary>
    public void Fail(WaitResult failure) => _result.TrySetResult(failure);
}
