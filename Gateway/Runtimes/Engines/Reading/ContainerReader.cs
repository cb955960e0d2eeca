using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Runtimes.Engines.Reading;

/// <summary>Reads the run options of a function on an engine.</summary>
internal static class ContainerReader
{
    private const string Bridge = "bridge";
    private const string Host = ContainerRunOptions.HostNetwork;

    /// <summary>The prefix of the labels that say to whom a container belongs, or that configure functions.</summary>
    private const string OwnLabels = "headstart.";

    /// <summary>The least memory of a container. moby refuses less, because the container's own init needs it (daemon/daemon_unix.go, linuxMinMemory).</summary>
    private const long LeastMemory = 6 << 20;

    private const int DefaultPort = 8080;

    private static readonly TextFormat s_image = new("^[^ ]+$", "hello:1");

    /// <summary>Reads the run options of a function.</summary>
    /// <param name="function">The function's section.</param>
    /// <param name="runtime">The name of the engine's runtime, for the messages.</param>
    public static ContainerRunOptions Read(SectionReader function, string runtime)
    {
        if (ExistingReader.Read(function, runtime) is { } existing)
        {
            return existing;
        }

        var (network, keeps, others) = Networks(function);
        var run = new ContainerRunOptions(runtime)
        {
            Network = network,
            KeepsNetwork = keeps,
            Networks = others,
            Volumes = VolumeReader.Read(function),
            User = User(function),
            Memory = ProgramReader.Memory(function, LeastMemory, "a container's"),
            Pids = ProgramReader.Pids(function),
            Capabilities = CapabilityReader.Read(function),
            NewPrivileges = function.Flag("NewPrivileges") ?? false,
            ReadOnly = function.Flag("ReadOnly") ?? false,
            Init = function.Flag("Init") ?? false,
            Labels = Labels(function),
            Pull = function.Word<PullPolicy>("Pull") ?? PullPolicy.Missing,
            HealthCheck = HealthCheckReader.Read(function),
            Port = ProgramReader.Port(function) ?? DefaultPort,
            Image = Image(function, runtime),
            Command = ProgramReader.Command(function),
            Environment = ProgramReader.Environment(function),
            StopTimeout = ProgramReader.StopTimeout(function),
            Cpu = Cpu(function.Section("Cpu")),
        };
        RefuseProcessKeys(function, runtime);
        return run;
    }

    /// <summary>Notes an error for each key that only a Process function has.</summary>
    public static void RefuseProcessKeys(SectionReader function, string runtime)
    {
        function.Refuse("OpenFiles", $"a {runtime} function has the engine's own limit (default-ulimits of its configuration); remove OpenFiles.");
        function.Refuse("WorkingDirectory", $"a {runtime} function runs where its image says; remove WorkingDirectory.");
    }

    private static string Image(SectionReader section, string runtime)
    {
        var image = section.Text("Image", s_image) ?? "";
        if (!section.HasNeededContent("Image", ExistingReader.Key))
        {
            section.Error($"no Image; a {runtime} function needs the image to run, e.g. \"Image\": \"hello:1\", or \"Container\": the name of a container of yours.");
        }
        else if (image.Any(char.IsWhiteSpace))
        {
            section.Error("Image", $"{ReadContext.Quote(image)} is not an image's name; it has a space in it.");
        }

        return image;
    }

    private static CpuOptions Cpu(SectionReader section)
    {
        var cpu = new CpuOptions
        {
            Limit = section.Number("Limit", 0.01, 1024),
            Shares = section.Integer("Shares", 2, 262_144),
            Boost = section.Flag("Boost") ?? false,
        };
        if (cpu is { Boost: true, Limit: null, Shares: null } && !section.Has("Limit") && !section.Has("Shares"))
        {
            section.Error("Boost", "there is nothing to lift while it starts; set Limit or Shares, or remove Boost.");
        }

        section.End();
        return cpu;
    }

    private static (string Network, bool Keeps, IReadOnlyList<string> Others) Networks(SectionReader section)
    {
        var (network, keeps) = Network(section);
        List<string> all = [];
        foreach (var item in section.List("Networks", Names.Written))
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

        if (keeps && network == Host)
        {
            section.Error("Network", "there is nothing to keep on 'host', which is the engine's own network and stays; remove Keep or use bridge.");
        }

        return (network, keeps, others);
    }

    /// <summary>Reads the network that the container is reached by: its name, or an object that also says whether it is kept.</summary>
    private static (string? Name, bool Keeps) Network(SectionReader section)
    {
        const string Key = "Network";
        if (section.Node?.Find(Key) is not { HasChildren: true })
        {
            return (Checked(section, Key), false);
        }

        var network = section.Section(Key);
        var (name, keeps) = (Checked(network, "Name"), network.Flag("Keep") ?? false);
        network.End();
        return (name, keeps);
    }

    /// <summary>Reads the name of a network.</summary>
    public static string? Checked(SectionReader section, string key)
    {
        var network = section.Text(key, Names.Written);
        if (network is not null && !IsNetwork(network))
        {
            section.Error(key, $"{ReadContext.Quote(network)} is not a network to reach a container by; use bridge, host or the name of a network of yours.");
        }

        return network;
    }

    /// <summary>Tells whether a container can be reached by a network of that name.</summary>
    public static bool IsNetwork(string name) =>
        Names.IsValid(name, int.MaxValue) && !name.Equals("none", StringComparison.OrdinalIgnoreCase);

    private static string? User(SectionReader section)
    {
        var user = section.Text("User", ProgramReader.User);
        var parts = user?.Split(':') ?? [];
        if (parts.Length > 2 || Array.Exists(parts, part => part.Length == 0 || part.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))))
        {
            section.Error("User", $"{ReadContext.Quote(user!)} is no user of a container; write \"user\" or \"user:group\", by name or number, e.g. \"1000:1000\".");
        }

        return user;
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
