using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>Decides which containers get a gate.</summary>
/// <param name="directories">The gates' directories, or null if the configuration has none for this engine.</param>
internal sealed class GateRules(EngineDialect dialect, Uri endpoint, GateDirectories? directories)
{
    /// <summary>The programs for which Podman prepares a container specially, if it sees that they are the container's own (podman-run(1), --systemd).</summary>
    private static readonly string[] Inits = ["systemd", "init"];

    /// <summary>Gets the gates' directories, or null if no container has a gate.</summary>
    public GateDirectories? Directories => directories;

    /// <summary>Decides for a function.</summary>
    /// <param name="image">The image, or null if it is not known yet, so that nothing that depends on it is in the way.</param>
    public GateChoice Judge(FunctionOptions function, EngineImage? image) =>
        function.Idle.MayRestInitialized ? new GateChoice(true, WhyNot(function, image)) : new GateChoice(false, Missing: null);

    /// <summary>Returns why no network can be kept, in one sentence without a full stop, or null if one can. The program that keeps it is where the gates are.</summary>
    public string? WhyNoNetwork() => directories is null
        ? $"it is not kept, because {dialect.Section}:Gate is empty, where the program would be that keeps it"
        : endpoint.Scheme != "unix"
            ? $"it is not kept, because the engine at {endpoint} is reached over the network, and the program that keeps it is a file of this machine"
            : directories.WhyUnusable is { } why ? $"it is not kept: {why}" : null;

    private string? WhyNot(FunctionOptions function, EngineImage? image)
    {
        if (directories is null)
        {
            return $"{dialect.Section}:Gate is empty";
        }

        if (function.Idle.Ahead == 0)
        {
            return "its Idle:Ahead is 0";
        }

        if (endpoint.Scheme != "unix")
        {
            return $"the engine at {endpoint} is reached over the network, and the gate of its containers is a file of this machine";
        }

        if (image is null)
        {
            return directories.WhyUnusable;
        }

        if (image.ProgramOf(function.Container) is not [var program, ..])
        {
            return $"the image '{function.Container.Image}' has neither an entry point nor a command to execute behind a gate, and the function has no Command";
        }

        return dialect.PreparesForInits && Inits.Contains(Path.GetFileName(program), StringComparer.Ordinal)
            ? $"{dialect.Name} prepares a container for {program} only if that is its first program, which a gate would be"
            : directories.WhyUnusable;
    }
}
