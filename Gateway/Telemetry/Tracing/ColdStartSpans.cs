using System.Diagnostics;
using System.Globalization;
using Gateway.Model;

namespace Gateway.Telemetry.Tracing;

/// <summary>
/// Makes the spans of a cold start when it has ended: one from the signal to the first byte of the answer, and in it one for each phase, from the end of the phase before.
/// It belongs to the trace of the request that met it.
/// </summary>
internal sealed class ColdStartSpans : IDisposable
{
    /// <summary>The name of the source, which is the scope of the spans.</summary>
    public const string SourceName = "Headstart.ColdStarts";

    /// <summary>The source of this gateway's spans.</summary>
    public ActivitySource Source { get; } = new(SourceName);

    public void Dispose() => Source.Dispose();

    /// <summary>Makes the spans.</summary>
    public void Add(ColdStart cold)
    {
        // Without an explicit parent a span would belong to whatever this thread is doing.
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            Make(cold);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    private void Make(ColdStart cold)
    {
        using var span = Source.StartActivity(ActivityKind.Internal, cold.Trace, startTime: cold.At, name: "cold start");
        if (span is null)
        {
            return;
        }

        span.DisplayName = $"cold start of {cold.Function}";
        span.SetTag("headstart.function", cold.Function).SetTag("headstart.instance", cold.Instance)
            .SetTag("headstart.signal", cold.Signal.Kind.ToString()).SetTag("headstart.tier", cold.Tier.ToString()).SetTag("headstart.outcome", cold.Outcome.ToString())
            .SetTag("headstart.hidden_ms", cold.Hidden.TotalMilliseconds).SetTag("headstart.penalty_ms", cold.Penalty.TotalMilliseconds);
        if (cold.Rtt is { } rtt)
        {
            span.SetTag("headstart.rtt_ms", rtt.TotalMilliseconds);
        }

        if (cold.Outcome == ColdStartOutcome.Failed)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }

        var before = cold.Signal.Timestamp;
        foreach (var (name, end) in ((string, long)[])[("heard", cold.Heard), ("wake", cold.Wake), ("started", cold.Started), ("listening", cold.Listening), ("ready", cold.Ready)])
        {
            // Without eBPF nobody tells of listen(), and a start that failed has no phase after the failure.
            if (end != 0)
            {
                Phase(span, cold, name, before, end);
                before = Math.Max(before, end);
            }
        }

        if (cold.Request is not 0 and var request)
        {
            Phase(span, cold, "request", cold.Signal.Timestamp, request);
        }

        if (cold.FirstByte is not 0 and var answer)
        {
            Phase(span, cold, "firstByte", Math.Max(before, cold.Request), answer);
        }

        span.SetEndTime(TimeOf(cold, Math.Max(Math.Max(before, cold.Request), cold.FirstByte)));
    }

    private void Phase(Activity parent, ColdStart cold, string name, long begin, long end)
    {
        using var span = Source.StartActivity(ActivityKind.Internal, parent.Context, startTime: new DateTimeOffset(TimeOf(cold, begin)), name: name);
        span?.SetEndTime(TimeOf(cold, Math.Max(begin, end)));
    }

    private static DateTime TimeOf(ColdStart cold, long timestamp) => (cold.At + (cold.After(timestamp) ?? TimeSpan.Zero)).UtcDateTime;
}
