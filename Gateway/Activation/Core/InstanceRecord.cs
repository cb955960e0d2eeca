using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.Activation.Core;

/// <summary>What the core knows of one instance.</summary>
/// <param name="Key">Its number, unique within the function.</param>
/// <param name="Options">What it is made from; a reload may have changed the function's since.</param>
/// <param name="Phase">Where it is in its life.</param>
internal sealed record InstanceRecord(int Key, FunctionOptions Options, InstancePhase Phase)
{
    /// <summary>Whether its runtime has made it, so that there is something to lose.</summary>
    public bool IsMade { get; init; }

    /// <summary>When it became ready the last time, by <see cref="TimeProvider.GetTimestamp"/>; null if it never has.</summary>
    public long? RunningSince { get; init; }

    /// <summary>How its program ended, once that has been told. Whoever works at the instance finds out in his own way.</summary>
    public InstanceExit? Exit { get; init; }

    /// <summary>Until when it is not asked to rest again, as a timestamp, since the runtime could not bring it to rest; null: it may be asked.</summary>
    public long? RestAgainAt { get; init; }

    /// <summary>Whether it is on its way to its end, after which nothing of it is left.</summary>
    public bool IsEnding => Phase is InstancePhase.Ending;
}
