using System.Globalization;

namespace Gateway.Telemetry;

/// <summary>A cold start as the admin endpoint shows it. Times are in microseconds. <c>For</c> names the function that needed this one, and is null for most.</summary>
internal sealed record ColdStartView(
    string Function,
    string Instance,
    string Signal,
    string Tier,
    string At,
    string? Client,
    string Outcome,
    PhasesView Phases,
    long Hidden,
    long Penalty,
    long? Rtt,
    string? For)
{
    public static ColdStartView Of(ColdStart cold) => new(
        cold.Function,
        cold.Instance,
        cold.Signal.Kind.ToString(),
        cold.Tier.ToString(),
        Text(cold.At),
        cold.Signal.Client?.ToString(),
        cold.Outcome.ToString(),
        new PhasesView(
            Microseconds(cold, cold.Heard),
            Microseconds(cold, cold.Wake),
            Microseconds(cold, cold.Started),
            Microseconds(cold, cold.Listening),
            Microseconds(cold, cold.Ready),
            Microseconds(cold, cold.Request),
            Microseconds(cold, cold.FirstByte)),
        Microseconds(cold.Hidden),
        Microseconds(cold.Penalty),
        cold.Rtt is { } rtt ? Microseconds(rtt) : null,
        cold.Signal.For);

    /// <summary>Returns a time as the admin endpoint shows it (RFC 3339, in microseconds).</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Returns the phases by the names that they have in JSON, in the log and in the metric's label.</summary>
    public static IEnumerable<(string Name, long Timestamp)> PhasesOf(ColdStart cold) =>
    [
        ("heard", cold.Heard),
        ("wake", cold.Wake),
        ("started", cold.Started),
        ("listening", cold.Listening),
        ("ready", cold.Ready),
        ("request", cold.Request),
        ("firstByte", cold.FirstByte),
    ];

    private static long? Microseconds(ColdStart cold, long phase) => cold.After(phase) is { } after ? Microseconds(after) : null;

    private static long Microseconds(TimeSpan time) => (long)time.TotalMicroseconds;
}

/// <summary>When each phase happened, in microseconds after the signal; null if it has not happened.</summary>
internal sealed record PhasesView(long? Heard, long? Wake, long? Started, long? Listening, long? Ready, long? Request, long? FirstByte);
