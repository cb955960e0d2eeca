using System.Net;

namespace Gateway.Activation;

/// <summary>
/// Describes a function at one moment. <paramref name="InFlight"/> counts held requests too, and <paramref name="Rest"/> is the last
/// decision about its rest.
/// </summary>
internal sealed record FunctionSnapshot(
    string Name,
    FunctionState State,
    int InFlight,
    IReadOnlyList<InstanceSnapshot> Instances,
    string? Failure,
    RestDecision? Rest);

/// <summary>Describes an instance at one moment.</summary>
internal sealed record InstanceSnapshot(string Id, InstanceState State, int InFlight, IPEndPoint? Endpoint);
