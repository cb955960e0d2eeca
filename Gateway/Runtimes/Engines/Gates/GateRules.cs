using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>Decides which containers get a gate.</summary>
/// <param name="directories">The directories for files of this machine, or null if the configuration has none for this engine.</param>
/// <param name="gates">The gates, or null if the configuration wants none on this engine.</param>
internal sealed class GateRules(EngineDialect dialect, Uri endpoint, GateDirectories? directories, IGates? gates)
{
    /// <summary>The programs for which Podman prepares a container specially, if it sees that they are the container's own (podman-run(1), --systemd).</summary>
    private static readonly string[] Inits = ["systemd", "init"];

    /// <summary>Gets the directories for what is mounted into containers from this machine, or null if nothing is.</summary>
    public GateDirectories? Directories => directories;

    /// <summary>Gets the gates, or null if no container has one.</summary>
    public IGates? Gates => gates;

    /// <summary>Gets the count of the containers that wait.</summary>
    public WaitingPlaces Places { get; } = new();

    /// <summary>Decides for a function.</summary>
    /// <param name="image">The image, or null if it is not known yet, so that nothing that depends on it is in the way.</param>
    /// <param name="facts">What the engine says about itself, or null likewise.</param>
    public GateChoice Judge(FunctionOptions function, EngineImage? image, EngineFacts? facts) =>
        function.Idle.MayRestInitialized && !function.Run.IsUsers ? new GateChoice(true, WhyNot(function, image, facts)) : new GateChoice(false, Missing: null);

    /// <summary>Returns why no network can be kept, in one sentence without a full stop, or null if one can. The program that keeps it is where the gates are.</summary>
    public string? WhyNoNetwork() => directories is null
        ? $"it is not kept, because {dialect.Section}:Gate is empty, where the program would be that keeps it"
        : endpoint.Scheme != "unix"
            ? $"it is not kept, because the engine at {endpoint} is reached over the network, and the program that keeps it is a file of this machine"
            : directories.WhyUnusable is { } why ? $"it is not kept: {why}" : null;

    private string? WhyNot(FunctionOptions function, EngineImage? image, EngineFacts? facts)
    {
        if (gates is null)
        {
            return $"{dialect.Section}:Gate is empty";
        }

        if (function.Idle.Ahead == 0)
        {
            return "its Idle:Ahead is 0";
        }

        if (image is null)
        {
            return gates.WhyNot(function.Container, facts);
        }

        if (image.ProgramOf(function.Container) is not [var program, ..])
        {
            return $"the image '{function.Container.Image}' has neither an entry point nor a command to execute behind a gate, and the function has no Command";
        }

        return dialect.PreparesForInits && Inits.Contains(Path.GetFileName(program), StringComparer.Ordinal)
            ? $"{dialect.Name} prepares a container for {program} only if that is its first program, which a gate would be"
            : gates.WhyNot(function.Container, facts);
    }
}
