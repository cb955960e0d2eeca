using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>The module for <c>"Runtime": "Process"</c>, which runs programs of this machine.</summary>
internal sealed class ProcessModule : IRuntimeModule
{
    public const string RuntimeName = "Process";

    /// <summary>The tiers that processes can be in, from the deepest to <see cref="Tier.Running"/>.</summary>
    public static readonly IReadOnlyList<Tier> ItsTiers = [Tier.Stopped, Tier.Paused, Tier.Running];

    private const string OrDocker = ", or use \"Runtime\": \"Docker\".";

    /// <summary>The keys that functions of this runtime cannot have, with the reasons.</summary>
    private static readonly (string Key, string Why)[] s_refused =
    [
        ("Image", "a Process function has no image; remove Image"),
        ("Cpu", "a Process function is not limited; remove Cpu"),
        ("Network", "a Process function has no network of its own; remove Network"),
        ("Networks", "a Process function has no network of its own; remove Networks"),
        ("Volumes", "a Process function sees this machine's own files; remove Volumes"),
        ("User", "a Process function runs as the gateway's user; remove User"),
        ("Memory", "a Process function is not limited; remove Memory"),
        ("Pids", "a Process function is not limited; remove Pids"),
        ("Init", "a Process function needs no init; remove Init"),
        ("Labels", "a Process function has no container to label; remove Labels"),
        ("Pull", "a Process function has no image to pull; remove Pull"),
        ("HealthCheck", "a Process function has no engine to check it, but Ready:Path; remove HealthCheck"),
    ];

    public string Name => RuntimeName;

    public IReadOnlyList<Tier> Tiers => ItsTiers;

    public RunOptions Read(SectionReader function)
    {
        var run = new ProcessRunOptions
        {
            Port = ProgramReader.Port(function),
            Command = ProgramReader.Command(function),
            Environment = ProgramReader.Environment(function),
            WorkingDirectory = function.Text("WorkingDirectory") is { Length: > 0 } directory ? directory : null,
            StopTimeout = ProgramReader.StopTimeout(function),
        };
        if (run.Command.Count == 0 && !function.HasContent("Command"))
        {
            function.Error("no Command; a Process function needs the program to run, e.g. \"Command\": [\"./hello\"].");
        }

        foreach (var (key, why) in s_refused)
        {
            function.Refuse(key, why + OrDocker);
        }

        if (run.Environment.Keys.FirstOrDefault(name => name == "PORT") is { } name)
        {
            function.Error($"Environment:{name}", "the gateway sets PORT for a Process function; write \"Port\" on the function instead.");
        }

        return run;
    }

    public IRuntime Create(RuntimeContext context) =>
        new ProcessRuntime(context.CgroupRoot, context.ContentRoot, context.Time, context.Loggers.CreateLogger<ProcessRuntime>());
}
