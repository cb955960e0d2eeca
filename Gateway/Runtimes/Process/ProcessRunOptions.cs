using Gateway.Configuration;

namespace Gateway.Runtimes.Process;

/// <summary>The run options of a function that is a program of this machine.</summary>
internal sealed record ProcessRunOptions() : RunOptions(ProcessModule.RuntimeName)
{
    // Arguments may hold secrets, and scripts are long.
    public override string Program => Command.Count > 1 ? $"{Command[0]} …" : Command[0];

    /// <summary>Gets the program and its arguments, of which there is at least the program.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Gets the environment variables that the program gets.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the directory in which the program runs, or null for the gateway's content root.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets the longest time between the stop signal and SIGKILL, or null for <see cref="ProgramReader.DefaultStopTimeout"/>.</summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>
    /// Gets the user as it was written, by name, <c>uid</c> or <c>user:group</c>, or null for a user that <see cref="FunctionUsers"/> chooses.
    /// </summary>
    public string? User { get; init; }

    /// <summary>Gets the most memory that an instance may use, in bytes, or null for no limit.</summary>
    public long? Memory { get; init; }

    /// <summary>Gets the most processes and threads that an instance may have, or null for no limit.</summary>
    public int? Pids { get; init; }

    /// <summary>Gets the most descriptors that one process of an instance may have, or null for the launcher's default.</summary>
    public int? OpenFiles { get; init; }

    /// <summary>Gets what has to pass before the program takes requests, which has a test, or null for nothing.</summary>
    public HealthCheckOptions? HealthCheck { get; init; }

    public override string Fingerprint => new ProgramFingerprint()
        .Add(nameof(Runtime), Runtime)
        .Add(nameof(Command), Command)
        .Add(nameof(Environment), Environment)
        .Add(nameof(WorkingDirectory), WorkingDirectory)

        // A process has no network, but earlier gateways wrote this for every function.
        .Add("Network", "bridge")
        .Add(nameof(Port), Port)

        // A process keeps the time that it was started with.
        .Add(nameof(StopTimeout), StopTimeout)
        .Add(nameof(User), User)
        .Add(nameof(Memory), Memory)
        .Add(nameof(Pids), Pids)
        .Add(nameof(OpenFiles), OpenFiles)
        .Add("HealthCheck:Test", HealthCheck?.Test ?? [])
        .Add("HealthCheck:Interval", HealthCheck?.Interval)
        .Add("HealthCheck:Timeout", HealthCheck?.Timeout)
        .ToString();

    public override int? OwnPort => Port;

    public override string OwnPortRemedy => "; leave Port out and let the program listen on the PORT it is given.";

    public bool Equals(ProcessRunOptions? other) => base.Equals(other);

    public override int GetHashCode() => base.GetHashCode();
}
