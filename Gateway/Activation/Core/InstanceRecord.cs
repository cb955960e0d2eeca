using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Activation.Core;

/// <summary>Holds what the core knows of one instance.</summary>
/// <param name="Key">The number of the instance, unique within the function.</param>
/// <param name="Options">The options that it is made from. A reload may have changed those of the function since.</param>
/// <param name="Phase">The phase of its life.</param>
internal sealed record InstanceRecord(int Key, FunctionOptions Options, InstancePhase Phase)
{
    /// <summary>Gets whether the runtime has made the instance, so that there is something to lose.</summary>
    public bool IsMade { get; init; }

    /// <summary>Gets when the instance last became ready, by <see cref="TimeProvider.GetTimestamp"/>, or null if it never has.</summary>
    public long? RunningSince { get; init; }

    /// <summary>Gets how the program ended, once an event has reported it. Work under way on the instance may find out earlier by itself.</summary>
    public InstanceExit? Exit { get; init; }

    /// <summary>Gets the timestamp before which the instance is not asked to rest again because the runtime could not bring it to rest. Null if it may be asked.</summary>
    public long? RestAgainAt { get; init; }

    /// <summary>Gets whether the instance is on its way to its end, after which nothing of it is left.</summary>
    public bool IsEnding => Phase is InstancePhase.Ending;
}
