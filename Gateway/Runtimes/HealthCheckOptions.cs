namespace Gateway.Runtimes;

/// <summary>The options of a health check in Docker's terms (Engine API, HealthConfig). Null stands for the image's value, or else the engine's.</summary>
internal sealed record HealthCheckOptions
{
    /// <summary>Gets the options that switch the check off, even if the image has one.</summary>
    public static HealthCheckOptions None { get; } = new() { Test = ["NONE"] };

    /// <summary>Gets <c>NONE</c>, <c>CMD</c> with a program and arguments, or <c>CMD-SHELL</c> with a line for the shell. Empty stands for the image's.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>Gets the time between two checks.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets the time after which a check has failed.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets the number of failures in a row that make a container unhealthy.</summary>
    public int? Retries { get; init; }

    /// <summary>Gets the time after the start of a container in which failures do not count.</summary>
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>Gets whether the check is switched off, even if the image has one.</summary>
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
