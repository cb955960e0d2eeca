namespace Gateway.Runtimes;

/// <summary>
/// The gateway that this one takes over from. What of it cannot be found again by other means is given by it: sockets, and instances that are children of its process.
/// </summary>
internal interface IPredecessor
{
    /// <summary>Gets a task that completes when there is no gateway before this one any more, which is so at once if there was none.</summary>
    Task Gone { get; }

    /// <summary>Takes instances that the gateway before this one gives, each once. The task completes when all are given, or when none will be.</summary>
    /// <param name="runtime">The runtime's name.</param>
    /// <param name="isWanted">Says by a function's name whether its instances are taken.</param>
    Task<IReadOnlyList<GivenInstance>> TakeAsync(string runtime, Func<string, bool> isWanted);
}

/// <summary>An instance that one gateway gives to the next one.</summary>
/// <param name="Runtime">The runtime's name.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Facts">What the runtime knows of the instance, as JSON of its own.</param>
/// <param name="Descriptors">The descriptors that come with it, in the runtime's order. The receiver owns them; the giver keeps its own.</param>
internal sealed record GivenInstance(string Runtime, string Function, string Facts, IReadOnlyList<System.Runtime.InteropServices.SafeHandle> Descriptors);

/// <summary>A runtime whose instances the next gateway can only take over if this one gives them.</summary>
internal interface IGivingRuntime
{
    /// <summary>
    /// Gives the instances to the next gateway. From then on they are left alone: this gateway's requests go on, but it neither rests nor stops them. One that
    /// starts is given once it answers.
    /// </summary>
    /// <param name="give">Takes an instance. It is called by one thread at a time, and does not throw.</param>
    /// <returns>A task that completes when all of them are given.</returns>
    Task GiveAsync(Action<GivenInstance> give);
}

/// <summary>No gateway was there before.</summary>
internal sealed class NoPredecessor : IPredecessor
{
    /// <summary>Gets the only object.</summary>
    public static NoPredecessor Instance { get; } = new();

    public Task Gone => Task.CompletedTask;

    public Task<IReadOnlyList<GivenInstance>> TakeAsync(string runtime, Func<string, bool> isWanted) => Task.FromResult<IReadOnlyList<GivenInstance>>([]);
}
