namespace Gateway.Configuration;

/// <summary>When an image is fetched from its registry, while a function is prepared; never on the way of a wake.</summary>
internal enum PullPolicy
{
    /// <summary>When the engine does not have it.</summary>
    Missing,

    /// <summary>At the gateway's start and when the function's options change.</summary>
    Always,

    /// <summary>Never: somebody else brings it to the engine.</summary>
    Never,
}

/// <summary>Docker, Podman: how a function's containers are made. Two are equal when they say the same, lists and maps included.</summary>
internal sealed record ContainerOptions
{
    /// <summary>What is mounted where; no two at the same place.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];

    /// <summary>Networks that it joins besides <see cref="FunctionOptions.Network"/>, which it is reached by.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Who the program runs as: <c>user</c> or <c>user:group</c>, by name or number; null: as the image says.</summary>
    public string? User { get; init; }

    /// <summary>The most memory that an instance may use, in bytes; null: no limit.</summary>
    public long? Memory { get; init; }

    /// <summary>The most processes and threads that an instance may have; null: no limit of the gateway's.</summary>
    public int? Pids { get; init; }

    /// <summary>The engine's own init is the container's first process: it passes signals on and reaps orphans.</summary>
    public bool Init { get; init; }

    /// <summary>Labels besides the gateway's own.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public PullPolicy Pull { get; init; }

    /// <summary>When a started container counts as healthy; null: the image's own check, if it has one.</summary>
    public HealthCheckOptions? HealthCheck { get; init; }

    public bool Equals(ContainerOptions? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Volumes.SequenceEqual(other.Volumes)
            && Networks.SequenceEqual(other.Networks, StringComparer.Ordinal)
            && User == other.User
            && Memory == other.Memory
            && Pids == other.Pids
            && Init == other.Init
            && Pull == other.Pull
            && Equals(HealthCheck, other.HealthCheck)
            && Labels.Count == other.Labels.Count
            && Labels.All(pair => other.Labels.TryGetValue(pair.Key, out var value) && value == pair.Value));

    public override int GetHashCode() => HashCode.Combine(User, Memory, Pids, Init, Pull, Volumes.Count, Networks.Count, Labels.Count);
}

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
