using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>Divides cold starts that a ClientHello began into stages. The client's clock is the gateway's, because both are on one machine.</summary>
internal static class HelloStages
{
    /// <summary>Computes the stages.</summary>
    /// <param name="starts">The cold starts, the oldest first.</param>
    /// <param name="sent">When the hello of each was written.</param>
    /// <returns>Returns the times of each stage in nanoseconds, in the order of the starts.</returns>
    /// <exception cref="LabException">The starts and the hellos do not belong together.</exception>
    public static IReadOnlyList<(string Stage, IReadOnlyList<long> Nanoseconds)> Cut(IReadOnlyList<ColdStart> starts, IReadOnlyList<DateTimeOffset> sent)
    {
        if (starts.Count != sent.Count || starts.Any(start => start.Signal != "ClientHello"))
        {
            throw new LabException($"{sent.Count} ClientHellos gave the starts: {string.Join(", ", starts.CountBy(start => start.Signal))}");
        }

        var signals = starts.Zip(sent, (start, at) => (start.At - at).Ticks * TimeSpan.NanosecondsPerTick).ToList();
        var wakes = starts.Zip(signals, (start, signal) => signal + (start.Phases["wake"]!.Value * 1000)).ToList();
        return [("ClientHello sent to signal", signals), ("ClientHello sent to wake", wakes)];
    }
}
