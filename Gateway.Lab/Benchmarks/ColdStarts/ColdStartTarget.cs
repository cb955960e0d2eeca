using System.Text.Json.Nodes;
using Gateway.Lab.Programs;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>A way to run a function and the tier that it rests in: one row of the benchmark's table.</summary>
/// <param name="Runtime">The runtime, by its name in the gateway's configuration.</param>
/// <param name="Network">The container's network, or <see cref="Kept"/>; null if there is no choice.</param>
/// <param name="Tier">The tier that it rests in between cold starts.</param>
internal sealed record ColdStartTarget(string Runtime, string? Network, string Tier)
{
    /// <summary>The program's own boot, the same for all, so that rows can be compared.</summary>
    public const int BootMilliseconds = 30;

    /// <summary>The image that containers run.</summary>
    public const string Image = "hello:1";

    /// <summary>Stands for a network of the engine's bridge that is kept over the runs.</summary>
    public const string Kept = "kept";

    public static readonly ColdStartTarget Process = new("Process", null, "Stopped");
    public static readonly ColdStartTarget DockerBridge = new("Docker", "bridge", "Stopped");
    public static readonly ColdStartTarget DockerHost = new("Docker", "host", "Stopped");
    public static readonly ColdStartTarget DockerKept = new("Docker", Kept, "Stopped");
    public static readonly ColdStartTarget DockerInitialized = new("Docker", "bridge", "Initialized");
    public static readonly ColdStartTarget DockerHostInitialized = new("Docker", "host", "Initialized");
    public static readonly ColdStartTarget DockerPaused = new("Docker", "bridge", "Paused");
    public static readonly ColdStartTarget ProcessInitialized = new("Process", null, "Initialized");
    public static readonly ColdStartTarget ProcessPaused = new("Process", null, "Paused");
    public static readonly ColdStartTarget PodmanHost = new("Podman", "host", "Stopped");
    public static readonly ColdStartTarget PodmanInitialized = new("Podman", "host", "Initialized");
    public static readonly ColdStartTarget PodmanPaused = new("Podman", "host", "Paused");

    /// <summary>The real program that it runs; null for the sample, whose boot is <see cref="BootMilliseconds"/>.</summary>
    public RealProgram? Program { get; init; }

    /// <summary>The name for people: <c>Docker bridge Stopped</c>.</summary>
    public string Name => Program is { } real ? $"{real.Name} {Tier}" : Network is null ? $"{Runtime} {Tier}" : $"{Runtime} {Network} {Tier}";

    /// <summary>The name for files and functions: <c>docker-bridge-stopped</c>.</summary>
    public string Slug => Name.ToLowerInvariant().Replace(' ', '-');

    public bool NeedsDocker => Runtime == "Docker";

    public bool NeedsPodman => Runtime == "Podman";

    /// <summary>About how long a start takes, for the estimate of the remaining time.</summary>
    public double TypicalStart => this == Process ? 40 : Tier == "Stopped" ? 350 : 30;

    /// <summary>Makes the function's section.</summary>
    /// <param name="program">The path of the sample, for a process.</param>
    /// <param name="port">The port of a container, because on the host's network each needs its own.</param>
    /// <param name="wakeOn">The earliest signal that the function may use.</param>
    /// <param name="listen">The addresses of the function.</param>
    public JsonObject Settings(string program, int port, string wakeOn, params IEnumerable<string> listen)
    {
        var settings = BenchSettings.Process(program, BootMilliseconds, wakeOn, listen);
        settings["Idle"]![nameof(Tier)] = Tier;
        if (Runtime == "Process")
        {
            return settings;
        }

        settings[nameof(Runtime)] = Runtime;
        settings["Image"] = Program?.Image ?? Image;
        settings["Port"] = Program?.Port ?? port;
        settings[nameof(Network)] = Network == Kept ? new JsonObject { [nameof(Name)] = "bridge", ["Keep"] = true } : Network;
        settings.Remove("Command");
        if (Program is { } real)
        {
            settings.Remove("Environment");
            // Some listen long before they answer for the first time.
            settings["Ready"] = new JsonObject { ["Path"] = real.Answer is null ? null : "/" };
        }

        return settings;
    }
}
