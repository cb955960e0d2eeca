using Gateway.Configuration;

namespace Gateway.Runtimes.Process;

/// <summary>A program of this machine.</summary>
internal sealed record ProcessRunOptions() : RunOptions(ProcessModule.RuntimeName)
{
    /// <summary>Program and arguments; at least the program.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the program runs. Default: the gateway's content root.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Longest time between the stop signal and SIGKILL; null: <see cref="ProgramReader.DefaultStopTimeout"/>.</summary>
    public TimeSpan? StopTimeout { get; init; }

    public override string Fingerprint => new ProgramFingerprint()
        .Add(nameof(Runtime), Runtime)
        .Add(nameof(Command), Command)
        .Add(nameof(Environment), Environment)
        .Add(nameof(WorkingDirectory), WorkingDirectory)

        // It has none, but earlier gateways wrote it for every function.
        .Add("Network", "bridge")
        .Add(nameof(Port), Port)

        // A process keeps the one that it was started with.
        .Add(nameof(StopTimeout), StopTimeout)
        .ToString();

    public override int? OwnPort => Port;

    public override string OwnPortRemedy => "; leave Port out and let the program listen on the PORT it is given.";

    public bool Equals(ProcessRunOptions? other) => base.Equals(other);

    public override int GetHashCode() => base.GetHashCode();
}
