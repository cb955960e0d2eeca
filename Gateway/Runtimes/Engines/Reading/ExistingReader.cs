using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Reading;

/// <summary>Reads the run options of a function whose container is the user's own.</summary>
internal static class ExistingReader
{
    /// <summary>The key that names the container.</summary>
    public const string Key = "Container";

    /// <summary>The keys that say how a container is made, which whoever has made this one has said elsewhere.</summary>
    private static readonly string[] s_made =
    [
        "Image", "Command", "Environment", "Volumes", "Networks", "User", "Memory", "Pids", "Capabilities", "NewPrivileges", "ReadOnly", "Init", "Labels", "Pull", "HealthCheck", "Cpu",
    ];

    /// <summary>Reads the options, or returns null if the gateway is to make the function's containers.</summary>
    /// <param name="function">The function's section.</param>
    /// <param name="runtime">The name of the engine's runtime, for the messages.</param>
    public static ContainerRunOptions? Read(SectionReader function, string runtime)
    {
        var name = function.Text(Key, Names.Written);
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        if (!Names.IsValid(name, int.MaxValue))
        {
            function.Error(Key, $"{ReadContext.Quote(name)} is not a container's name; it has letters, digits, '.', '_' and '-', a letter or digit first, e.g. \"nextcloud\".");
        }

        string[] made = [.. s_made.Where(function.Has)];
        if (made.Length > 0)
        {
            function.Error(Key, $"'{name}' is a container of yours, which the gateway starts and stops and does not make, so {And(made)} {(made.Length == 1 ? "has" : "have")} no meaning here; remove {(made.Length == 1 ? "it" : "them")}, or remove Container.");
        }

        ContainerReader.RefuseProcessKeys(function, runtime);
        return new ContainerRunOptions(runtime)
        {
            Existing = name,
            Network = Network(function, name),
            Port = ProgramReader.Port(function),
            StopTimeout = ProgramReader.StopTimeout(function),
        };
    }

    // An empty text leaves the choice to the container.
    private static string Network(SectionReader function, string container)
    {
        if (function.Node?.Find("Network") is { HasChildren: true })
        {
            function.Error("Network", $"'{container}' is a container of yours, whose networks are its own; write the name of the one that it is reached by.");
            function.Has("Network");
            return "";
        }

        return ContainerReader.Checked(function, "Network") ?? "";
    }

    private static string And(string[] keys) => keys is [.. var others, var last] && others.Length > 0 ? $"{string.Join(", ", others)} and {last}" : keys[0];
}
