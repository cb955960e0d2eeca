using System.Globalization;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>Makes the sentences that explain a decision.</summary>
internal static class RestWords
{
    /// <summary>Explains a chosen tier, as in "Paused: wakes in 19 ms p95, clients give 48 ms p10; Stopped would take 131 ms".</summary>
    public static string Chosen(FunctionRecord record, in TierRange range, Tier tier, RestCause cause, int openConnections)
    {
        List<string> parts = [$"{tier}: {Wakes(record, tier)}, {Clients(record)}{(cause == RestCause.NotHidden ? ", and no tier is hidden" : "")}"];
        if (range.DeeperThan(tier) is { } deeper)
        {
            parts.Add(record.Wakes(deeper)?.P95 is { } p95 ? $"{deeper} would take {Short(p95)}" : $"{deeper} is not measured yet");
        }

        if (range.IsHeldUp)
        {
            parts.Add($"not deeper while {openConnections} client connections are open");
        }

        return string.Join("; ", parts);
    }

    public static string Probe(FunctionRecord record, Tier tier, TimeSpan rests) =>
        $"{tier}: a probe; in {Short(rests)} it is woken with nobody waiting, to learn what that costs ({Clients(record)})";

    public static string Expected(Tier tier, TimeSpan wakeIn, in Expectation expected) =>
        $"{tier}: the next use is expected in {Short(wakeIn)} ({expected.Chance.ToString("0 %", CultureInfo.InvariantCulture)}), and it is woken before";

    public static string Memory(Tier tier) =>
        $"{tier}: memory is short (Gateway:Memory:Budget), and it is the least likely to be used";

    public static string Short(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 10 } => time.TotalMilliseconds.ToString("0.# ms", CultureInfo.InvariantCulture),
        { TotalSeconds: < 10 } => time.TotalMilliseconds.ToString("0 ms", CultureInfo.InvariantCulture),
        { TotalMinutes: < 10 } => time.TotalSeconds.ToString("0 s", CultureInfo.InvariantCulture),
        { TotalHours: < 10 } => time.TotalMinutes.ToString("0 min", CultureInfo.InvariantCulture),
        _ => time.TotalHours.ToString("0 h", CultureInfo.InvariantCulture),
    };

    private static string Wakes(FunctionRecord record, Tier tier) =>
        tier == Tier.Running ? "needs no wake" : record.Wakes(tier)?.P95 is { } p95 ? $"wakes in {Short(p95)} p95" : "its wake is not measured yet";

    private static string Clients(FunctionRecord record) =>
        record.Windows.P10 is { } p10 ? $"clients give {Short(p10)} p10" : "what clients give is not known yet";
}
