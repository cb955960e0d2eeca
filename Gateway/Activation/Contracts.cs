using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>
/// Observes functions. For one function the calls come one after another, in the order of the changes and after its lock has been left. They
/// come on any thread that performs the function's effects, and must not block. What an observer reads from the function may be newer than what it is told.
/// </summary>
internal interface IFunctionObserver
{
    /// <summary>Tells that <see cref="Function.Running"/> has changed. It is called before a request may use a new instance.</summary>
    void OnInstances(Function function)
    {
    }

    /// <summary>
    /// Tells whether the function is at rest, which means that its next signal starts it, at once or when its stop is done. It is not at rest while
    /// it is awake, starts or backs off.
    /// </summary>
    void OnRest(Function function, bool atRest)
    {
    }

    /// <summary>Tells that the state of the function or of one of its instances may have changed, after what the other calls tell of that change.</summary>
    void OnChange(Function function)
    {
    }

    /// <summary>Tells, after <see cref="OnChange"/>, that the function wakes, is ready, rests or has failed. One that was there before the gateway is ready once it answers.</summary>
    void OnNews(Function function, FunctionNews news)
    {
    }

    /// <summary>Returns whether the kernel has seen a connection for the function since the SYN that woke it, even if its word of that has not arrived yet.</summary>
    bool HasSeenConnection(Function function) => false;

    /// <summary>
    /// Tells that these numbers in the kernel (<see cref="Function.Index"/>) belonged to functions of which nothing is left and now belong to others,
    /// so that what is known under them has to be forgotten. It is called before any call about the new functions.
    /// </summary>
    void OnNumbersUsedAgain(IReadOnlySet<uint> numbers)
    {
    }

    /// <summary>
    /// Tells that a fact has changed that decides where the function rests, so that <see cref="Function.RestIfIdle"/> has to be called, on another thread.
    /// </summary>
    void OnRestDue(Function function)
    {
    }

    /// <summary>Tells that <see cref="Function.Quiet"/> has changed. Unlike the others it may be called at any time, on the thread of a request or a connection.</summary>
    void OnQuiet(Function function)
    {
    }

    /// <summary>Tells that the program of an instance is about to be frozen.</summary>
    void OnFreezing(Function function, IPEndPoint endpoint)
    {
    }

    /// <summary>
    /// Tells that the program of an instance ends, which gets no requests any more. It is called before the runtime is asked to end it, and
    /// after it has ended (<paramref name="hasEnded"/>), also by itself.
    /// </summary>
    void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
    }
}

/// <summary>Finds out when a started instance answers.</summary>
internal interface IReadiness
{
    /// <summary>
    /// Begins to watch the instance, which will start from its <see cref="IInstance.Tier"/>. It has to be called before the start, and the watch
    /// has to be disposed after it.
    /// </summary>
    IReadinessWatch Watch(IInstance instance, FunctionOptions function);

    /// <summary>Finds out whether another program holds the instance's address, which may be why an instance ended while it started.</summary>
    /// <returns>Returns the reason why the instance cannot be served, or null if no other program is known to be there.</returns>
    RuntimeException? StrangerAt(IInstance instance, FunctionOptions function) => null;

    /// <summary>Returns where a running instance listens that does not answer where it should, as a clause for after a semicolon, or null if that is unknown.</summary>
    string? WhereInstead(IInstance instance, FunctionOptions function) => null;
}

/// <summary>Watches one start of an instance.</summary>
internal interface IReadinessWatch : IDisposable
{
    /// <summary>Gets a task that completes when the program is known to listen. It does not where nobody tells.</summary>
    Task Listening => new TaskCompletionSource().Task;

    /// <summary>Returns true if the instance answers one probe now. This is needed because an instance that listens already does not report it again.</summary>
    /// <exception cref="Runtimes.RuntimeException">Another program answers at the instance's address.</exception>
    Task<bool> AnswersNowAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Returns a task that completes when the instance has answered the confirming probe.</summary>
    /// <exception cref="RuntimeException">Another program answers at the instance's address.</exception>
    /// <param name="started">A task that completes when the runtime's start has returned.</param>
    /// <param name="cancellationToken">A token for the time limit of the start and the end of the instance.</param>
    Task<ReadyTimes> WaitAsync(Task started, CancellationToken cancellationToken);
}

/// <summary>
/// The times at which an instance listened and answered, in nanoseconds of CLOCK_MONOTONIC. <paramref name="Listening"/> is 0 if the kernel did not report it.
/// </summary>
internal readonly record struct ReadyTimes(long Listening, long Ready);
