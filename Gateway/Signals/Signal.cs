using System.Net;

namespace Gateway.Signals;

/// <summary>One signal for one function.</summary>
/// <param name="Kind">What was seen.</param>
/// <param name="Timestamp">
/// When, in nanoseconds of CLOCK_MONOTONIC: what bpf_ktime_get_ns gives, and what <see cref="TimeProvider.GetTimestamp"/>
/// gives on Linux (System.Native's SystemNative_GetTimestamp), so the two subtract.
/// </param>
/// <param name="Client">Who, when that is known.</param>
/// <param name="Rtt">The connection's smoothed round trip, when the signal carries one: <see cref="SignalKind.Established"/> does.</param>
public readonly record struct Signal(SignalKind Kind, long Timestamp, IPEndPoint? Client, TimeSpan? Rtt = null);

/// <summary>What became of a signal: the <c>outcome</c> label of gateway_signals_total.</summary>
public enum SignalOutcome
{
    /// <summary>It started an instance.</summary>
    Woke,

    /// <summary>An instance was already starting, or will start when one has stopped.</summary>
    Joined,

    /// <summary>The function was running.</summary>
    Running,

    /// <summary>The function may only be woken by a later signal (WakeOn).</summary>
    Ignored,

    /// <summary>The start budget is spent; a request that follows is held and starts it.</summary>
    OverBudget,

    /// <summary>The function failed to start a moment ago; it is tried again when its back-off has passed.</summary>
    BackOff,
}
