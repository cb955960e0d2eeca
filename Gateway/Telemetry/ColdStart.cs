using System.Diagnostics;
using Gateway.Model;

namespace Gateway.Telemetry;

/// <summary>How a cold start ended.</summary>
internal enum ColdStartOutcome
{
    /// <summary>The started instance answered a request.</summary>
    Served,

    /// <summary>The instance came to rest again without a request, or its start was ended because nobody was there.</summary>
    Wasted,

    /// <summary>The instance did not become ready.</summary>
    Failed,
}

/// <summary>
/// The timeline of one cold start. Phases are timestamps of <see cref="TimeProvider.GetTimestamp"/> (CLOCK_MONOTONIC,
/// as the kernel's events are); 0 means that the phase has not happened. One thread at a time writes them, in the order of the phases,
/// except for <see cref="Request"/> and <see cref="FirstByte"/>, which any of the held requests may set.
/// </summary>
internal sealed class ColdStart(string function, Signal signal, Tier tier, DateTimeOffset at)
{
    private long _request;
    private long _firstByte;
    private int _completed;

    private RequestTrace? _trace = signal.Trace;

    public string Function { get; } = function;

    /// <summary>The signal that began it.</summary>
    public Signal Signal { get; } = signal;

    /// <summary>The tier from which the instance was woken.</summary>
    public Tier Tier { get; } = tier;

    /// <summary>The wall-clock time of the signal.</summary>
    public DateTimeOffset At { get; } = at;

    /// <summary>
    /// The smoothed round trip of the client's connection, from the signal if that carries it, else from the connection of the request. Null if
    /// neither has it.
    /// </summary>
    public TimeSpan? Rtt { get; private set; } = signal.Rtt;

    /// <summary>The id of the instance; empty until it is known.</summary>
    public string Instance { get; set; } = "";

    public ColdStartOutcome Outcome { get; private set; }

    /// <summary>When the gateway decided to start: the signal has come from the kernel and through the function's lock.</summary>
    public long Heard { get; set; }

    /// <summary>When the runtime was called.</summary>
    public long Wake { get; set; }

    /// <summary>When the runtime's start returned.</summary>
    public long Started { get; set; }

    /// <summary>When the program called listen(), by the kernel's clock; 0 without eBPF.</summary>
    public long Listening { get; set; }

    /// <summary>Whether the program is known to listen already. When it began to is known once it is ready.</summary>
    public bool IsListening { get; set; }

    /// <summary>When the instance answered the confirming probe.</summary>
    public long Ready { get; set; }

    /// <summary>When the first request reached the hold.</summary>
    public long Request => Volatile.Read(ref _request);

    /// <summary>When the first byte of an answer left for the client.</summary>
    public long FirstByte => Volatile.Read(ref _firstByte);

    /// <summary>Notes that an answer begins. The first one counts.</summary>
    public void NoteFirstByte(long timestamp) => Interlocked.CompareExchange(ref _firstByte, timestamp, 0);

    /// <summary>Notes that a request for the function arrived. The earliest one counts.</summary>
    public void NoteRequest(long timestamp)
    {
        timestamp = Math.Max(timestamp, Signal.Timestamp);
        var seen = Request;
        while ((seen == 0 || timestamp < seen) && Interlocked.CompareExchange(ref _request, timestamp, seen) is var now && now != seen)
        {
            seen = now;
        }
    }

    /// <summary>The span under which the cold start belongs: the one of the first request of a trace that caused it, waited for it or was served by it; the default if there is none.</summary>
    public ActivityContext Trace => Volatile.Read(ref _trace)?.Span ?? default;

    /// <summary>Notes the trace of a request. The first one counts.</summary>
    public void NoteTrace(RequestTrace? trace) => Interlocked.CompareExchange(ref _trace, trace, null);

    /// <summary>Notes a measured round trip. The first one counts.</summary>
    public void NoteRtt(TimeSpan? rtt) => Rtt ??= rtt;

    /// <summary>Ends the timeline. Returns true to the first caller only, which is the one to report it.</summary>
    public bool TryComplete(ColdStartOutcome outcome)
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0)
        {
            return false;
        }

        Outcome = outcome;
        return true;
    }

    /// <summary>T_ready: the time from the signal until the function answers; null while it does not.</summary>
    public TimeSpan? TimeToReady => After(Ready);

    /// <summary>W: the time from the signal to the request; null if none came.</summary>
    public TimeSpan? Window => After(Request);

    /// <summary>The part of T_ready inside the window; all of it if no request came.</summary>
    public TimeSpan Hidden => TimeToReady is not { } ready ? TimeSpan.Zero : Window is { } window && window < ready ? window : ready;

    /// <summary>The part of T_ready outside the window: the time that the client waited.</summary>
    public TimeSpan Penalty => TimeToReady is { } ready && Window is { } window && ready > window ? ready - window : TimeSpan.Zero;

    /// <summary>Returns the time from the signal to a phase; null if the phase has not happened.</summary>
    public TimeSpan? After(long phase) => phase == 0 ? null : TimeSpan.FromTicks(Math.Max(0, (phase - Signal.Timestamp) / 100));
}
