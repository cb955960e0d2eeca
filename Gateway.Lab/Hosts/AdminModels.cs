using System.Text.Json;

namespace Gateway.Lab.Hosts;

/// <summary>One element of <c>GET /api/functions</c>.</summary>
/// <param name="State">Stopped, Initialized, Paused, Starting, Running, Draining or Failed.</param>
/// <param name="Instances">As the gateway writes them.</param>
public sealed record FunctionStatus(string Name, string State, int InFlight, IReadOnlyList<JsonElement> Instances);

/// <summary>One element of <c>GET /api/coldstarts</c>.</summary>
/// <param name="Signal">Syn, Established, ClientHello or Request.</param>
/// <param name="Tier">Stopped, Initialized, Paused or Running.</param>
/// <param name="Client">Address and port; null where the signal has none.</param>
/// <param name="Outcome">Served, Wasted or Failed.</param>
/// <param name="Phases">Microseconds after the signal, by name: wake, started, listening, ready, request, firstByte; those reached.</param>
/// <param name="Hidden">Microseconds of the start inside the window.</param>
/// <param name="Penalty">Microseconds that the request waited.</param>
/// <param name="Rtt">The connection's smoothed round trip in microseconds; null: not measured.</param>
public sealed record ColdStart(
    string Function, string? Instance, string Signal, string Tier, DateTimeOffset At, string? Client, string Outcome,
    IReadOnlyDictionary<string, long?> Phases, long? Hidden, long? Penalty, long? Rtt = null);
