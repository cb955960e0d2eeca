using Gateway.Configuration;

namespace Gateway.Activation.Core;

/// <summary>What a function's schedule says now.</summary>
/// <param name="Is">Whether it is kept running or may not run, or null if its schedule says nothing now.</param>
/// <param name="Until">The timestamp at which that ends, or null if it does not.</param>
/// <param name="Reason">The reason in one sentence, for the API.</param>
internal sealed record Hours(ScheduleIs? Is, long? Until, string Reason)
{
    /// <summary>Gets what holds for a function without a schedule.</summary>
    public static Hours None { get; } = new(Is: null, Until: null, "");
}
