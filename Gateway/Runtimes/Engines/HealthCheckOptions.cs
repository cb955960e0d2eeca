namespace Gateway.Runtimes.Engines;

/// <summary>A health check in Docker's words (Engine API, HealthConfig). What is null is as the image says, or the engine.</summary>
internal sealed record HealthCheckOptions
{
    /// <summary>What the engine takes for "no check, whatever the image says".</summary>
    public static HealthCheckOptions None { get; } = new() { Test = ["NONE"] };

    /// <summary><c>NONE</c>; <c>CMD</c> and a program with its arguments; <c>CMD-SHELL</c> and a line for the container's shell. Empty: the image's.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>Between two checks.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>One that takes longer has failed.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Failures in a row that make a container unhealthy.</summary>
    public int? Retries { get; init; }

    /// <summary>While a container is so young failures do not count.</summary>
    public TimeSpan? StartPeriod { get; init; }

    public bool IsNone => Test is ["NONE"];

    public bool Equals(HealthCheckOptions? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Test.SequenceEqual(other.Test, StringComparer.Ordinal)
            && Interval == other.Interval
            && Timeout == other.Timeout
            && Retries == other.Retries
            && StartPeriod == other.StartPeriod);

    public override int GetHashCode() => HashCode.Combine(Test.Count, Interval, Timeout, Retries, StartPeriod);
}
