using Gateway.Model;

namespace Gateway.Telemetry;

/// <summary>How a cold start ended.</summary>
internal enum ColdStartOutcome
{
    /// <summary>A request was answered by the instance it started.</summary>
    Served,

    /// <summary>The instance ran and was stopped again, and no request had come.</summary>
    Wasted,

    /// <summary>The instance never answered.</summary>
    Failed,
}

/// <summary>
/// The timeline of one cold start. Phases are timestamps of <see cref="TimeProvider.GetTimestamp"/> (CLOCK_MONOTONIC,
/// as the kernel's events are); 0 means "has not happened". Written by one thread at a time, in the order of the phases,
/// but for <see cref="Request"/> and <see cref="FirstByte"/>, which any of the held requests may set.
/// </summary>
internal sealed class ColdStart(string function, Signal signal, Tier tier, DateTimeOffset at)
{
    private long _request;
    private long _firstByte;
    private int _completed;

    public string Function { get; } = function;
    public Signal Signal { get; } = signal;

    /// <summary>The tier it was woken from.</summary>
    public Tier Tier { get; } = tier;

    /// <summary>Wall-clock time of the signal.</summary>
    public DateTimeOffset At { get; } = at;

    /// <summary>
    /// The smoothed round trip of the client's connection: from the signal if that carries it, else from the connection
    /// that the request came by. Null when neither told.
    /// </summary>
    public TimeSpan? Rtt { get; private set; } = signal.Rtt;

    public string Instance { get; set; } = "";
    public ColdStartOutcome Outcome { get; private set; }

    /// <summary>The gateway decided to start: the signal has come from the kernel and through the function's lock.</summary>
    public long Heard { get; set; }

    /// <summary>The runtime was called.</summary>
    public long Wake { get; set; }

    /// <summary>The runtime's start returned.</summary>
    public long Started { get; set; }

    /// <summary>The program called listen(), by the kernel's clock; 0 without eBPF.</summary>
    public long Listening { get; set; }

    /// <summary>It answered the confirming probe.</summary>
    public long Ready { get; set; }

    /// <summary>The first request reached the hold.</summary>
    public long Request => Volatile.Read(ref _request);

    /// <summary>The first byte of that request's answer left for the client.</summary>
    public long FirstByte => Volatile.Read(ref _firstByte);

    /// <summary>An answer begins; the first one counts.</summary>
    public void NoteFirstByte(long timestamp) => Interlocked.CompareExchange(ref _firstByte, timestamp, 0);

    /// <summary>A request for the function came; the earliest one counts.</summary>
    public void NoteRequest(long timestamp)
    {
        timestamp = Math.Max(timestamp, Signal.Timestamp);
        var seen = Request;
        while ((seen == 0 || timestamp < seen) && Interlocked.CompareExchange(ref _request, timestamp, seen) is var now && now != seen)
        {
            seen = now;
        }
    }

    /// <summary>The first measurement stays.</summary>
    public void NoteRtt(TimeSpan? rtt) => Rtt ??= rtt;

    /// <summary>Ends the timeline; true for the one caller that may report it.</summary>
    public bool TryComplete(ColdStartOutcome outcome)
    {
        if (Interlocked.Exchange(ref _completed, 1) != 0)
        {
            return false;
        }

        Outcome = outcome;
        return true;
    }

    /// <summary>T_ready: from the signal to the function that answers; null while it has not.</summary>
    public TimeSpan? TimeToReady => After(Ready);

    /// <summary>W: from the signal to the request; null when none came.</summary>
    public TimeSpan? Window => After(Request);

    /// <summary>The part of T_ready inside the window; without a request all of it.</summary>
    public TimeSpan Hidden => TimeToReady is not { } ready ? TimeSpan.Zero : Window is { } window && window < ready ? window : ready;

    /// <summary>The part of T_ready outside the window: what the client waited.</summary>
    public TimeSpan Penalty => TimeToReady is { } ready && Window is { } window && ready > window ? ready - window : TimeSpan.Zero;

    /// <summary>Time from the signal to a phase; null when the phase has not happened.</summary>
    public TimeSpan? After(long phase) => phase == 0 ? null : TimeSpan.FromTicks(Math.Max(0, (phase - Signal.Timestamp) / 100));
}
