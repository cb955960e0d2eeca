using Gateway.Configuration;

namespace Gateway.Activation;

/// <summary>Decides how many instances a function's load is worth. It is asked under the function's lock, so it must answer at once.</summary>
internal interface IScaler
{
    /// <summary>Returns the number of instances that should run or start now.</summary>
    /// <param name="load">The load of the function.</param>
    /// <returns>Returns 0 to <see cref="ScaleOptions.Max"/>. The function starts no more than the budget has free, and brings none to rest because of it.</returns>
    int Decide(in ScaleLoad load);
}

/// <summary>Describes the load of a function at one moment.</summary>
/// <param name="Scale">The settings of the function.</param>
/// <param name="Waiting">The number of callers that wait for an instance.</param>
/// <param name="InUse">The number of uses that the instances have: requests, streams, connections.</param>
internal readonly record struct ScaleLoad(ScaleOptions Scale, int Waiting, int InUse);
