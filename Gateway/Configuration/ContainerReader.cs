namespace Gateway.Configuration;

/// <summary>Reads how a function's containers are made: the keys that only a container engine can follow.</summary>
internal static class ContainerReader
{
    private const string Bridge = "bridge";
    private const string Host = "host";

    /// <summary>Labels that begin so say whose a container is, and configure functions.</summary>
    private const string OwnLabels = "headstart.";

    /// <summary>moby refuses less (daemon/daemon_unix.go, linuxMinMemory): a container's own init needs it.</summary>
    private const long LeastMemory = 6 << 20;

    /// <summary>The kernel's PID_MAX_LIMIT (include/linux/threads.h).</summary>
    private const int MostPids = 4 << 20;

    /// <returns>The network that the function is reached by, and all the rest.</returns>
    public static (string Network, ContainerOptions Containers) Read(SectionReader section)
    {
        var (network, others) = Networks(section);
        return (network, new ContainerOptions
        {
            Volumes = VolumeReader.Read(section),
            Networks = others,
            User = User(section),
            Memory = Memory(section),
            Pids = section.Integer("Pids", 1, MostPids),
            Init = section.Flag("Init") ?? false,
            Labels = Labels(section),
            Pull = section.Word<PullPolicy>("Pull") ?? PullPolicy.Missing,
            HealthCheck = HealthCheckReader.Read(section),
        });
    }

    /// <summary>Names what a process of this machine cannot have.</summary>
    public static void RefuseForProcess(SectionReader section)
    {
        const string OrDocker = ", or use \"Runtime\": \"Docker\".";
        (string Key, string Why)[] refused =
        [
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
        foreach (var (key, why) in refused)
        {
            section.Refuse(key, why + OrDocker);
        }
    }

    private static (string Network, IReadOnlyList<string> Others) Networks(SectionReader section)
    {
        var network = section.Text("Network");
        if (network is not null && !IsNetwork(network))
        {
            section.Error("Network", $"{ReadContext.Quote(network)} is not a network to reach a container by; use bridge, host or the name of a network of yours.");
        }

        List<string> all = [];
        foreach (var item in section.List("Networks"))
        {
            if (!IsNetwork(item.Value))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not a network to reach a container by; use bridge, host or the name of a network of yours.");
            }
            else if (all.Contains(item.Value, StringComparer.Ordinal))
            {
                section.Error(item, $"'{item.Value}' is in the list already; a container joins a network once.");
            }
            else
            {
                all.Add(item.Value);
            }
        }

        network ??= all.FirstOrDefault(Bridge);
        var others = all.Where(name => name != network).ToList();
        if (others.Count > 0 && (network == Host || others.Contains(Host, StringComparer.Ordinal)))
        {
            section.Error("Networks", "a container on 'host' shares the engine's own network and can join no other; name either 'host' or the others.");
        }

        return (network, others);
    }

    private static bool IsNetwork(string name) =>
        Names.IsValid(name, int.MaxValue) && !name.Equals("none", StringComparison.OrdinalIgnoreCase);

    private static string? User(SectionReader section)
    {
        var user = section.Text("User");
        var parts = user?.Split(':') ?? [];
        if (parts.Length > 2 || Array.Exists(parts, part => part.Length == 0 || part.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))))
        {
            section.Error("User", $"{ReadContext.Quote(user!)} is no user of a container; write \"user\" or \"user:group\", by name or number, e.g. \"1000:1000\".");
        }

        return user;
    }

    private static long? Memory(SectionReader section)
    {
        if (section.Text("Memory") is not { } text)
        {
            return null;
        }

        if (MemorySize.TryParse(text, out var bytes) && bytes >= LeastMemory)
        {
            return bytes;
        }

        section.Error("Memory", $"{ReadContext.Quote(text)} is not a container's memory; write a size of {MemorySize.Format(LeastMemory)} or more, e.g. \"256MiB\".");
        return null;
    }

    private static IReadOnlyDictionary<string, string> Labels(SectionReader section)
    {
        var labels = section.Map("Labels");
        foreach (var name in labels.Keys)
        {
            if (name.StartsWith(OwnLabels, StringComparison.OrdinalIgnoreCase))
            {
                section.Error("Labels", $"{ReadContext.Quote(name)} begins with '{OwnLabels}', which the gateway keeps for its own labels; use another name.");
            }
            else if (string.IsNullOrWhiteSpace(name))
            {
                section.Error("Labels", "a label has no name; write \"name\": \"value\".");
            }
        }

        return labels;
    }
}
