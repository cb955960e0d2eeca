using System.Net;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>
/// Is told what changes of a function. For one function the calls come one after another, in the order of the changes and after its lock, on whatever
/// thread brought the change: they must not block. What they read of the function may be newer than what they are told.
/// </summary>
internal interface IFunctionObserver
{
    /// <summary><see cref="Function.Running"/> has changed. Called before a request may use a new instance.</summary>
    void OnInstances(Function function)
    {
    }

    /// <summary>
    /// Tells whether the function is at rest: its next signal starts it, at once or when its stop is done. It is not while it is awake, starts or backs off.
    /// </summary>
    void OnRest(Function function, bool atRest)
    {
    }

    /// <summary>
    /// These numbers in the kernel (<see cref="Function.Index"/>) belonged to functions of which nothing is left, and are others' from now on:
    /// what is known under them is to be forgotten. It is called before any of the new functions is told of.
    /// </summary>
    void OnNumbersUsedAgain(IReadOnlySet<uint> numbers)
    {
    }

    /// <summary>
    /// What decides where it rests has changed: <see cref="Function.RestIfIdle"/> is to be asked, on another thread.
    /// </summary>
    void OnRestDue(Function function)
    {
    }

    /// <summary>
    /// The program of an instance ends; nobody uses it. It is called before the runtime is asked for the end, or
    /// after it came by itself (<paramref name="hasEnded"/>).
    /// </summary>
    void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
    }
}

/// <summary>Finds out when a started instance answers.</summary>
internal interface IReadiness
{
    /// <summary>
    /// Begins to listen for the instance, which will start from its <see cref="IInstance.Tier"/>; call before its start,
    /// dispose after.
    /// </summary>
    IReadinessWatch Watch(IInstance instance, FunctionOptions function);

    /// <summary>Whether another program holds the instance's address, which an instance that ended while starting may have found.</summary>
    /// <returns>Why it cannot be served; null when nobody else is known to be there.</returns>
    RuntimeException? StrangerAt(IInstance instance, FunctionOptions function) => null;

    /// <summary>Where an instance listens that runs and does not answer where it should: a clause that follows a semicolon, or null.</summary>
    string? WhereInstead(IInstance instance, FunctionOptions function) => null;
}

internal interface IReadinessWatch : IDisposable
{
    /// <summary>Asks the instance once, now. An instance that listens already does not tell of it again.</summary>
    /// <exception cref="Runtimes.RuntimeException">Another program answers at its address.</exception>
    Task<bool> AnswersNowAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Completes when the instance has answered the confirming probe.</summary>
    /// <exception cref="RuntimeException">Another program answers at its address.</exception>
    /// <param name="started">Completes when the runtime's start has returned.</param>
    /// <param name="cancellationToken">The start's time limit and the instance's death.</param>
    Task<ReadyTimes> WaitAsync(Task started, CancellationToken cancellationToken);
}

/// <summary>Timestamps in nanoseconds of CLOCK_MONOTONIC; <paramref name="Listening"/> is 0 when the kernel did not tell.</summary>
internal readonly record struct ReadyTimes(long Listening, long Ready);
