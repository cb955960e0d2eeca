using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes;

/// <summary>
/// Who minds the instances, and is told what others than the gateway do with them: people use the engine too. Calls come from any thread and do not block.
/// </summary>
internal interface IInstanceOwner
{
    /// <summary>
    /// An instance runs or rests that nobody here has started: somebody started it by hand, or a gateway before this one left it on an engine that was away.
    /// </summary>
    /// <param name="runtime">The <see cref="IRuntime.Name"/> of whose it is.</param>
    /// <param name="made">What it was made from.</param>
    /// <param name="instance">Its tier says where it is; it belongs to the owner if that takes it.</param>
    /// <returns>False: it is not wanted, and is the runtime's to end.</returns>
    bool Found(string runtime, FunctionOptions made, IInstance instance);

    /// <summary>Somebody else has frozen the instance, let it go on or executed its program.</summary>
    /// <param name="function">The name of the function that it belongs to.</param>
    /// <param name="instance">Its <see cref="IInstance.Tier"/> is the one it was found in.</param>
    /// <param name="found">Where it is now.</param>
    /// <returns>False: it is to be where it was, and is the runtime's to bring back.</returns>
    bool Moved(string function, IInstance instance, Tier found);
}
