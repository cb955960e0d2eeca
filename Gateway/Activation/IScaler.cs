using Gateway.Configuration;

namespace Gateway.Activation;

/// <summary>Decides how many instances a function's load is worth. It is asked beside the requests and never on their way, and answers at once.</summary>
internal interface IScaler
{
    /// <summary>The number of instances that should run or start now.</summary>
    /// <param name="load">The function's load as its leases tell it.</param>
    /// <returns>0 to <see cref="ScaleOptions.Max"/>. The function starts no more than the budget has free, and brings none to rest for it.</returns>
    int Decide(in ScaleLoad load);
}

/// <summary>A function's load at one moment.</summary>
/// <param name="Scale">The function's settings.</param>
/// <param name="Waiting">Requests that wait for an instance.</param>
/// <param name="InUse">What uses its instances: requests, streams, connections.</param>
internal readonly record struct ScaleLoad(ScaleOptions Scale, int Waiting, int InUse);
