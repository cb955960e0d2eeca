using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>The run options of a function on an engine: what its containers run, and how they are made.</summary>
/// <param name="Runtime">The name of the engine's runtime.</param>
internal sealed record ContainerRunOptions(string Runtime) : RunOptions(Runtime)
{
    /// <summary>The network on which a container has the engine's own addresses.</summary>
    public const string HostNetwork = "host";

    /// <summary>The most processes of an instance if none are configured. It is Podman's own (containers.conf(5), pids_limit); Docker has no bound of its own.</summary>
    public const int DefaultPids = 2048;

    /// <summary>
    /// The capabilities of a container if none are configured: those with which images begin as root, give their directories to the user of their program and become
    /// that user. Of the engines' own defaults, what serves to forge packets (NET_RAW), make devices (MKNOD), write file capabilities (SETFCAP, SETPCAP, FSETID), change
    /// the root (SYS_CHROOT) or write the machine's audit log (AUDIT_WRITE) is not among them.
    /// </summary>
    public static readonly IReadOnlyList<string> DefaultCapabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

    public override string Program => Existing ?? Image;

    /// <summary>
    /// Gets the name of the user's own container, which is started, paused and stopped and is otherwise left as it is, or null if the gateway makes containers from
    /// <see cref="Image"/>. With it only <see cref="RunOptions.Port"/>, <see cref="Network"/> and <see cref="StopTimeout"/> have a meaning.
    /// </summary>
    public string? Existing { get; init; }

    /// <summary>Gets the name of the image.</summary>
    public string Image { get; init; } = "";

    /// <summary>Gets the program and its arguments, which replace the image's own. Those are used if this is empty.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Gets the environment variables of the program.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the name of the network on which the container is reached. <see cref="HostNetwork"/> shares the engine's own.</summary>
    public string Network { get; init; } = "bridge";

    /// <summary>
    /// Gets whether the container's network namespace, with its address, outlives the run: another container keeps it, which this one joins. It is for a function
    /// that rests <c>Stopped</c>, because most of a start on a bridge is the network.
    /// </summary>
    public bool KeepsNetwork { get; init; }

    /// <summary>Gets the networks that the container joins in addition to <see cref="Network"/>.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Gets the mounts, of which no two have the same target.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init; } = [];

    /// <summary>Gets the limits of processor time.</summary>
    public CpuOptions Cpu { get; init; } = new();

    /// <summary>Gets the user of the program, <c>user</c> or <c>user:group</c> by name or number, or null for the image's own.</summary>
    public string? User { get; init; }

    /// <summary>Gets the most memory that an instance may use, in bytes, or null for no limit.</summary>
    public long? Memory { get; init; }

    /// <summary>Gets the most processes and threads that an instance may have, or null for <see cref="DefaultPids"/>.</summary>
    public int? Pids { get; init; }

    /// <summary>Gets the capabilities that its programs may have, in alphabetical order, as engines name them.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = DefaultCapabilities;

    /// <summary>Gets whether its programs may gain privileges by executing others, such as sudo (<c>no_new_privs</c> is off, prctl(2)).</summary>
    public bool NewPrivileges { get; init; }

    /// <summary>Gets whether its root file system can only be read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Gets whether the engine's own init is the container's first process, which passes signals on and reaps orphans.</summary>
    public bool Init { get; init; }

    /// <summary>Gets the labels in addition to the gateway's own.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets when the image is pulled.</summary>
    public PullPolicy Pull { get; init; }

    /// <summary>Gets the check by which a started container counts as healthy, or null for the image's own check, if it has one.</summary>
    public HealthCheckOptions? HealthCheck { get; init; }

    /// <summary>
    /// Gets the longest time between the stop signal and SIGKILL, or null for <see cref="ProgramReader.DefaultStopTimeout"/>, which is shorter while a
    /// request waits and the program has nothing to lose.
    /// </summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>Gets a text of all options except <see cref="Pull"/> and <see cref="StopTimeout"/>, which are looked up when they are needed.</summary>
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
        // An empty list is not the default, so it must not be an empty text.
        .Add(nameof(Capabilities), Capabilities.SequenceEqual(DefaultCapabilities) ? null : $"={string.Join(',', Capabilities)}")
        .Add(nameof(NewPrivileges), NewPrivileges)
        .Add(nameof(ReadOnly), ReadOnly)
        .Add("Network:Keep", KeepsNetwork)
        .Add("Container", Existing)
        .ToString();

    public override string? Alone => Existing is null ? null : $"the container '{Existing}'";

    public override string AloneKey => "Container";

    public override bool IsUsers => Existing is not null;

    public override int? OwnPort => Network == HostNetwork ? Port : null;

    public override string OwnPortRemedy => " of the Network 'host'; use Network 'bridge' or Scale:Max 1.";

    public override IEnumerable<(string Key, string Message)> Judge(FunctionOptions function)
    {
        if (Existing is null)
        {
            yield break;
        }

        if (function.Scale.Max > 1)
        {
            yield return ("Scale:Max", $"'{Existing}' is one container, so there cannot be {function.Scale.Max} instances; remove Max, or have the gateway make containers from an Image.");
        }

        foreach (var (key, tier) in new[] { ("Tier", function.Idle.Tier), ("KeepAliveTier", function.Idle.KeepAliveTier), ("Deepest", function.Idle.Deepest), ("Shallowest", function.Idle.Shallowest) })
        {
            if (tier == Tier.Initialized)
            {
                yield return ($"Idle:{key}", $"a container waits in Initialized behind a gate, which only one that the gateway makes has; '{Existing}' can rest in Stopped, PagedOut and Paused.");
            }
        }

        if (function.Idle.Ahead is not null)
        {
            yield return ("Idle:Ahead", $"'{Existing}' never waits in the tier Initialized; remove Ahead.");
        }
    }

    public bool Equals(ContainerRunOptions? other) => base.Equals(other) && Pull == other!.Pull && StopTimeout == other.StopTimeout;

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Image, Command.Count);
}
