using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes;

/// <summary>
/// Owns the instances, and is told what others do with them, since people use the engine too. Calls come from any thread, and do not block.
/// </summary>
internal interface IInstanceOwner
{
    /// <summary>
    /// Offers an instance that this gateway has not started: somebody started it by hand, or an earlier gateway left it on an engine that was away.
    /// </summary>
    /// <param name="runtime">The <see cref="IRuntime.Name"/> of its runtime.</param>
    /// <param name="made">The options that it was made from.</param>
    /// <param name="instance">The instance, running or at rest. It belongs to the owner if the owner takes it.</param>
    /// <returns>Returns what becomes of the instance.</returns>
    FoundAnswer Found(string runtime, FunctionOptions made, IInstance instance);

    /// <summary>Tells that somebody else has frozen or thawed the instance, or executed its program.</summary>
    /// <param name="function">The name of its function.</param>
    /// <param name="instance">The instance, whose <see cref="IInstance.Tier"/> is the one in which it was found.</param>
    /// <param name="found">The tier in which it is now.</param>
    /// <returns>Returns false if the runtime has to bring the instance back to the tier that it was in.</returns>
    bool Moved(string function, IInstance instance, Tier found);

    /// <summary>Tells that <see cref="IRuntime.TiersOf"/> says something else of the function than before.</summary>
    /// <param name="function">The name of the function.</param>
    void TiersChanged(string function)
    {
    }

    /// <summary>Tells that what a function needs to start, and has failed for, is there now.</summary>
    /// <param name="function">The name of the function.</param>
    void Appeared(string function)
    {
    }
}
