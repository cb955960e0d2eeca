using Gateway.Model;

namespace Gateway.Lab.Simulation;

/// <summary>The three demand patterns.</summary>
public enum DemandKind
{
    /// <summary>Used every few seconds or minutes.</summary>
    Constant,

    /// <summary>Used by the clock: every quarter of an hour, every day, every weekday.</summary>
    Predictable,

    /// <summary>Used at random, minutes to half a day apart.</summary>
    Random,
}

/// <summary>One function, its clients and its week.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">The demand pattern.</param>
/// <param name="RoundTrip">The round trip to most of its clients.</param>
/// <param name="Boot">The median time from the program's first instruction to its answer.</param>
/// <param name="Memory">The memory of its instance, in MiB.</param>
/// <param name="Uses">When requests come, in nanoseconds, ascending.</param>
/// <param name="Windows">What each request's handshakes give (two round trips: TCP and TLS 1.3), in nanoseconds.</param>
/// <param name="Seed">The seed of the noise in its wakes.</param>
internal sealed record SimulatedFunction(
    string Name, DemandKind Kind, TimeSpan RoundTrip, TimeSpan Boot, double Memory, long[] Uses, long[] Windows, int Seed)
{
    /// <summary>What is left of a container that is initialized: runtime and sandbox, in MiB.</summary>
    public const double InitializedMemory = 5;

    public double MemoryIn(Tier tier) => tier switch
    {
        Tier.Stopped => 0,
        Tier.Initialized => InitializedMemory,
        _ => Memory,
    };

    /// <summary>Median T_ready: what the engine takes (Podman, host network, as measured) and the program's own boot.</summary>
    public TimeSpan MedianWake(Tier from) => from switch
    {
        Tier.Stopped => TimeSpan.FromMilliseconds(66) + Boot,
        Tier.Initialized => TimeSpan.FromMilliseconds(13) + Boot,
        _ => TimeSpan.FromMilliseconds(8),
    };
}
