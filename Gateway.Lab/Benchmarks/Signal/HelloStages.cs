using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>Cuts cold starts that a ClientHello began, by the clock of the client that sent it: it is the gateway's, on one machine.</summary>
internal static class HelloStages
{
    /// <param name="starts">Oldest first.</param>
    /// <param name="sent">When each one's hello was written.</param>
    /// <returns>Each stage's times in nanoseconds, in the order of the starts.</returns>
    /// <exception cref="LabException">They are not each other's.</exception>
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
