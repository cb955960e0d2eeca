using Gateway.Configuration;

namespace Gateway.Activation.Scaling;

/// <summary>Describes the load of a function at one moment.</summary>
/// <param name="Scale">The settings of the function.</param>
/// <param name="At">The time, on any clock that goes on evenly.</param>
/// <param name="Waiting">The number of requests that wait for an instance, or for a place in one.</param>
/// <param name="InUse">The number of uses that the instances have: requests, streams, WebSockets.</param>
internal readonly record struct ScaleLoad(ScaleOptions Scale, TimeSpan At, int Waiting, int InUse)
{
    /// <summary>Gets the number of connections that clients have made for the function since it began to start, and that have not brought a request yet.</summary>
    public int Expected { get; init; }

    /// <summary>Gets whether the function has just woken from rest, for somebody who is there.</summary>
    public bool IsWaking { get; init; }

    /// <summary>Gets the average of <see cref="Waiting"/> and <see cref="InUse"/> together over <see cref="ScaleOptions.Window"/>, or over the time since the function woke if that is shorter.</summary>
    public double Average { get; init; }

    /// <summary>Gets the same average over <see cref="ScaleOptions.PanicWindow"/>.</summary>
    public double RecentAverage { get; init; }

    /// <summary>Gets the number of instances that take requests and are not surplus.</summary>
    public int Ready { get; init; }

    /// <summary>Gets the number of those that take requests or start, and are not surplus.</summary>
    public int Active { get; init; }

    /// <summary>Gets how long the first of the requests that wait for a free place has done so, or null if none does.</summary>
    public TimeSpan? LongestWait { get; init; }

    /// <summary>Gets the usual duration of a start, which is zero before the first one has been measured.</summary>
    public TimeSpan TypicalStart { get; init; }

    /// <summary>Gets the load now.</summary>
    public int Now => Waiting + InUse;
}
