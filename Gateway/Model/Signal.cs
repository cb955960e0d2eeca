using System.Net;

namespace Gateway.Model;

/// <summary>One signal for one function.</summary>
/// <param name="Kind">What was seen.</param>
/// <param name="Timestamp">
/// When, in nanoseconds of CLOCK_MONOTONIC: what bpf_ktime_get_ns gives, and what <see cref="TimeProvider.GetTimestamp"/>
/// gives on Linux (System.Native's SystemNative_GetTimestamp), so the two subtract.
/// </param>
/// <param name="Client">Who, when that is known.</param>
/// <param name="Rtt">The connection's smoothed round trip, when the signal carries one: <see cref="SignalKind.Established"/> does.</param>
internal readonly record struct Signal(SignalKind Kind, long Timestamp, IPEndPoint? Client, TimeSpan? Rtt = null);
