using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>A container of an engine's: what runs in it, and how it is made.</summary>
/// <param name="Runtime">Which engine's.</param>
internal sealed record ContainerRunOptions(string Runtime) : RunOptions(Runtime)
{
    /// <summary>The network on which a container has the engine's own addresses.</summary>
    public const string HostNetwork = "host";

    public string Image { get; init; } = "";

    /// <summary>Program and arguments, in the place of the image's own; empty: those.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The name of the network that it is reached by; <see cref="HostNetwork"/> shares the engine's.</summary>
    public string Network { get; init; } = "bridge";

    /// <summary>Networks that it joins besides <see cref="Network"/>.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>What is mounted where; no two at the same place.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];

    public CpuOptions Cpu { get; init; } = new();

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

    /// <summary>
    /// Longest time between the stop signal and SIGKILL, whoever waits; null: <see cref="ProgramReader.DefaultStopTimeout"/>, less while a
    /// request waits and the program has nothing to lose.
    /// </summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>All but <see cref="Pull"/> and <see cref="StopTimeout"/>, which are looked up when they are needed.</summary>
    public override string Fingerprint => new ProgramFingerprint()
        .Add(nameof(Runtime), Runtime)
        .Add(nameof(Image), Image)
        .Add(nameof(Command), Command)
        .Add(nameof(Environment), Environment)
        .Add(nameof(Network), Network)
        .Add(nameof(Port), Port)
        .Add("Cpu:Limit", Cpu.Limit)
        .Add("Cpu:Shares", Cpu.Shares)
        .Add("Cpu:Boost", Cpu.Boost)
        .Add(nameof(Volumes), [.. Volumes.Select(mount => mount.ToString())])
        .Add(nameof(Networks), Networks)
        .Add(nameof(User), User)
        .Add(nameof(Memory), Memory)
        .Add(nameof(Pids), Pids)
        .Add(nameof(Init), Init)
        .Add(nameof(Labels), Labels)
        .Add("HealthCheck:Test", HealthCheck?.Test ?? [])
        .Add("HealthCheck:Interval", HealthCheck?.Interval)
        .Add("HealthCheck:Timeout", HealthCheck?.Timeout)
        .Add("HealthCheck:Retries", HealthCheck?.Retries)
        .Add("HealthCheck:StartPeriod", HealthCheck?.StartPeriod)
        .ToString();

    public override int? OwnPort => Network == HostNetwork ? Port : null;

    public override string OwnPortRemedy => " of the Network 'host'; use Network 'bridge' or Scale:Max 1.";

    public bool Equals(ContainerRunOptions? other) => base.Equals(other) && Pull == other!.Pull && StopTimeout == other.StopTimeout;

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Image, Command.Count);
}
