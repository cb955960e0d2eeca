using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>The module for <c>"Runtime": "Process"</c>, which runs programs of this machine.</summary>
internal sealed class ProcessModule : IRuntimeModule
{
    public const string RuntimeName = "Process";

    /// <summary>The tiers that processes can be in, from the deepest to <see cref="Tier.Running"/>.</summary>
    public static readonly IReadOnlyList<Tier> ItsTiers = [Tier.Stopped, Tier.Initialized, Tier.PagedOut, Tier.Paused, Tier.Running];

    /// <summary>Those of a function of which no instance may wait before its program.</summary>
    public static readonly IReadOnlyList<Tier> TiersWithoutWait = [Tier.Stopped, Tier.PagedOut, Tier.Paused, Tier.Running];

    private const string OrDocker = ", or use \"Runtime\": \"Docker\".";

    /// <summary>The least memory of an instance. With less, not even a small program that is linked statically gets to its first instruction.</summary>
    private const long LeastMemory = 1 << 20;

    /// <summary>The least descriptors of a process: the three standard ones, and a few for the program to begin with.</summary>
    private const int LeastOpenFiles = 16;

    /// <summary>The most descriptors of a process, which is the kernel's own default bound (fs.nr_open, Documentation/admin-guide/sysctl/fs.rst).</summary>
    private const int MostOpenFiles = 1 << 20;

    /// <summary>The keys that functions of this runtime cannot have, with the reasons.</summary>
    private static readonly (string Key, string Why)[] s_refused =
    [
        ("Image", "a Process function has no image; remove Image"),
        ("Cpu", "a Process function's processor time is not limited; remove Cpu"),
        ("Network", "a Process function has no network of its own; remove Network"),
        ("Networks", "a Process function has no network of its own; remove Networks"),
        ("Volumes", "a Process function sees this machine's own files; remove Volumes"),
        ("Init", "a Process function needs no init; remove Init"),
        ("Labels", "a Process function has no container to label; remove Labels"),
        ("Pull", "a Process function has no image to pull; remove Pull"),
        ("Capabilities", "a Process function gets no capabilities; remove Capabilities"),
        ("ReadOnly", "a Process function sees this machine's own files, and has no root of its own; remove ReadOnly"),
        ("NewPrivileges", "a Process function never gains privileges; remove NewPrivileges"),
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
            User = User(function),
            Memory = ProgramReader.Memory(function, LeastMemory, "a program's"),
            Pids = ProgramReader.Pids(function),
            OpenFiles = function.Integer("OpenFiles", LeastOpenFiles, MostOpenFiles),
            HealthCheck = Health(function),
        };
        if (!function.HasNeededContent("Command"))
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

    private static HealthCheckOptions? Health(SectionReader function)
    {
        if (HealthCheckReader.Read(function) is not { IsNone: false } check)
        {
            return null;
        }

        if (check.Test.Count == 0)
        {
            function.Error("HealthCheck", "no Test; a Process function has no image with one, so write e.g. \"HealthCheck\": { \"Test\": [\"CMD\", \"/usr/bin/pg_isready\"] }.");
        }

        foreach (var key in (string[])[.. check.Retries is null ? [] : (string[])["Retries"], .. check.StartPeriod is null ? [] : (string[])["StartPeriod"]])
        {
            function.Error($"HealthCheck:{key}", $"is for an engine, which checks its containers on; a Process function is checked until it is well; remove {key}.");
        }

        return check;
    }

    private static string? User(SectionReader function)
    {
        var user = function.Text("User", ProgramReader.User);
        if (user is not null && FunctionUsers.Judge(user) is { } mistake)
        {
            function.Error("User", mistake);
        }

        return user;
    }

    public IRuntime Create(RuntimeContext context) =>
        new ProcessRuntime(context.CgroupRoot, context.ContentRoot, context.Time, context.Loggers.CreateLogger<ProcessRuntime>(), context.Predecessor);

    public Task<IReadOnlyList<Finding>> ExamineAsync(RuntimeExamination examination, CancellationToken cancellationToken) =>
        Task.FromResult(examination.IsUsed ? new ProcessExamination(examination).Run() : []);
}
