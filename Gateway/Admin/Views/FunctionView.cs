using Gateway.Activation;
using Gateway.Signals.Direct;
using Gateway.Telemetry.Requests;

namespace Gateway.Admin;

/// <summary>A function as the admin endpoint shows it.</summary>
/// <param name="State">A state, or <c>Rejected</c> for a container that is no function because of its labels.</param>
/// <param name="Failure">Why it could not be started last, or why it is rejected; null if neither.</param>
/// <param name="Runtime">The name of its runtime.</param>
/// <param name="Program">What it runs: an image, or a program without its arguments.</param>
/// <param name="IdleTier">Where it rests by its configuration: a tier, or <c>Auto</c>.</param>
/// <param name="Tiers">The tiers that it can rest in, from the deepest.</param>
/// <param name="Addresses">Where clients reach it, as URLs; <c>*</c> in the place of a host stands for every address of the machine.</param>
/// <param name="Memory">What its instances use, in bytes, measured within the last seconds; null if it has none.</param>
/// <param name="Traffic">The last minute; null if there was no request.</param>
/// <param name="Notice">What of its container is at odds with its rest; null if nothing is.</param>
/// <param name="Scale">How many instances it should have; null if it has one at most, or is at rest.</param>
/// <param name="Direct">Whether the kernel hands it its connections; null if nobody asks for that.</param>
internal sealed record FunctionView(
    string Name,
    string State,
    int InFlight,
    IReadOnlyList<InstanceView> Instances,
    string? Failure,
    RestView? Rest,
    NeedView? Trust,
    string? Runtime = null,
    string? Program = null,
    string? IdleTier = null,
    IReadOnlyList<string>? Tiers = null,
    string? MissingTier = null,
    IReadOnlyList<string>? Addresses = null,
    int OpenConnections = 0,
    long? Memory = null,
    TrafficView? Traffic = null,
    string? Notice = null,
    ScaleView? Scale = null,
    DirectView? Direct = null);

/// <summary>Whether the kernel hands a function its connections, and if it does not though the function runs, why.</summary>
internal sealed record DirectView(bool Active, string? WhyNot)
{
    public static DirectView? Of(DirectState? state) => state is null ? null : new(state.IsActive, state.WhyNot);
}

/// <summary>The last decision about a function's rest, and why.</summary>
internal sealed record RestView(string Tier, string Reason);

/// <summary>How many instances a function should have, how many take requests, and why.</summary>
internal sealed record ScaleView(int Desired, int Ready, string Reason)
{
    public static ScaleView? Of(ScaleSnapshot? scale) => scale is null ? null : new(scale.Desired, scale.Ready, scale.Reason);
}

/// <summary>An instance as the admin endpoint shows it.</summary>
internal sealed record InstanceView(string Id, string State, int InFlight, string? Endpoint)
{
    public static InstanceView Of(InstanceSnapshot instance) => new(instance.Id, instance.State.ToString(), instance.InFlight, instance.Endpoint?.ToString());
}

/// <summary>The last minute of a function.</summary>
/// <param name="Requests">How many requests ended in each second, the oldest first.</param>
/// <param name="Errors">How many of them had a status of 500 or higher.</param>
/// <param name="P50">The median of their durations, in microseconds.</param>
/// <param name="P99">The 99th percentile, in microseconds.</param>
internal sealed record TrafficView(IReadOnlyList<int> Requests, int Errors, long? P50, long? P99)
{
    public static TrafficView? Of(RecentTraffic? traffic) => traffic is null ? null
        : new(traffic.Requests, traffic.Errors, (long?)traffic.Median?.TotalMicroseconds, (long?)traffic.P99?.TotalMicroseconds);
}
