using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>Divides the timeline of a cold start into stages.</summary>
internal static class SignalStages
{
    /// <summary>The stage that the product's target is for: SYN in the kernel to the runtime being called.</summary>
    public const string Wake = "wake";

    /// <summary>The stage from listen() to the first byte of the answer: the part of a request's wait that the gateway causes once the program listens.</summary>
    public const string Answer = "listen to first byte";

    private static readonly (string Name, Func<ColdStart, long?> Microseconds)[] s_stages =
    [
        ("SYN to decision", start => Phase(start, "heard")),
        ("decision to wake", start => Phase(start, "wake") - Phase(start, "heard")),
        (Wake, start => Phase(start, "wake")),
        ("runtime start", start => Phase(start, "started") - Phase(start, "wake")),
        ("start to listen", start => Phase(start, "listening") - Phase(start, "wake")),
        ("listen to ready", start => Phase(start, "ready") - Phase(start, "listening")),
        ("ready to first byte", start => Phase(start, "firstByte") - Phase(start, "ready")),
        (Answer, start => Phase(start, "firstByte") - Phase(start, "listening")),
        ("SYN to ready", start => Phase(start, "ready")),
    ];

    /// <summary>Returns the times of each stage in nanoseconds. A start that lacks one end of a stage is left out of it.</summary>
    public static IEnumerable<(string Stage, IReadOnlyList<long> Nanoseconds)> Cut(IReadOnlyList<ColdStart> starts) =>
        s_stages.Select(stage => (stage.Name, (IReadOnlyList<long>)[.. starts.Select(stage.Microseconds).OfType<long>().Select(time => time * 1000)]));

    private static long? Phase(ColdStart start, string name) => start.Phases.GetValueOrDefault(name);
}
