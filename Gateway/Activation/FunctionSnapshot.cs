using System.Net;

namespace Gateway.Activation;

/// <summary>
/// A function at one moment. <paramref name="InFlight"/> counts held requests too; <paramref name="Rest"/> is the last
/// decision about its rest.
/// </summary>
internal sealed record FunctionSnapshot(
    string Name,
    FunctionState State,
    int InFlight,
    IReadOnlyList<InstanceSnapshot> Instances,
    string? Failure,
    RestDecision? Rest);

internal sealed record InstanceSnapshot(string Id, InstanceState State, int InFlight, IPEndPoint? Endpoint);
