using System.Net;
using Gateway.Activation.Trust;

namespace Gateway.Activation;

/// <summary>
/// Describes a function at one moment. <paramref name="InFlight"/> counts held requests too, <paramref name="Rest"/> is the last
/// decision about its rest, and <paramref name="Trust"/> says what it needs to be woken, or is null if all signals of its configuration wake it.
/// </summary>
internal sealed record FunctionSnapshot(
    string Name,
    FunctionState State,
    int InFlight,
    IReadOnlyList<InstanceSnapshot> Instances,
    string? Failure,
    RestDecision? Rest,
    TrustRestriction? Trust,
    ScaleSnapshot? Scale = null);

/// <summary>Describes how many instances a function that may have several should have, how many take requests, and why, in one sentence.</summary>
internal sealed record ScaleSnapshot(int Desired, int Ready, string Reason);

/// <summary>Describes an instance at one moment.</summary>
internal sealed record InstanceSnapshot(string Id, InstanceState State, int InFlight, IPEndPoint? Endpoint);
