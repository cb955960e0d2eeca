using System.Net;

namespace Gateway.Model;

/// <summary>One signal that a request for a function is coming.</summary>
/// <param name="Kind">The kind of the signal.</param>
/// <param name="Timestamp">
/// The time of the signal in nanoseconds of CLOCK_MONOTONIC. That is the clock of bpf_ktime_get_ns and, on Linux, of
/// <see cref="TimeProvider.GetTimestamp"/> (System.Native's SystemNative_GetTimestamp), so timestamps of both can be subtracted.
/// </param>
/// <param name="Client">The client's address, or null if it is not known.</param>
/// <param name="Rtt">The connection's smoothed round trip, or null if the signal carries none. <see cref="SignalKind.Established"/> does.</param>
internal readonly record struct Signal(SignalKind Kind, long Timestamp, IPEndPoint? Client, TimeSpan? Rtt = null)
{
    /// <summary>Gets whether a connection has followed that proves that somebody is there.</summary>
    public bool IsConfirmed { get; init; }

    /// <summary>Gets whether its source had established a connection before. A SYN under such an address may be forged too, but not under random ones.</summary>
    public bool IsSourceProven { get; init; }

    /// <summary>Gets the address that the connection comes from, where it is not <see cref="Client"/>'s: that of a proxy. Null otherwise.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Gets the trace of the request that the signal is; null if it is none, or belongs to no trace.</summary>
    public RequestTrace? Trace { get; init; }

    /// <summary>Gets the name of the function that was signalled and needs this one (<c>DependsOn</c>); null if this one was signalled itself.</summary>
    public string? For { get; init; }

    /// <summary>Gets the kind of signal that it is as good as. A ClientHello that came inside a SYN is a <see cref="SignalKind.Syn"/> by its time, and a ClientHello by what it proves.</summary>
    public SignalKind Strength => Kind == SignalKind.Syn && IsConfirmed ? SignalKind.ClientHello : Kind;

    /// <summary>Gets whether the signal is more than a SYN, whose sender may be forged.</summary>
    public bool IsProven => Kind != SignalKind.Syn || IsConfirmed;
}
