using System.Net;

namespace Gateway.Configuration;

/// <summary>Reads what to run and on what: the keys of a function that depend on its runtime.</summary>
internal sealed class RuntimeReader(SectionReader section, AddressClaims claims)
{
    private const int DefaultContainerPort = 8080;

    /// <summary>The engine is asked for that long before the stop counts as failed.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromHours(1);

    private static readonly string[] Built = ["Process", "Docker", "Podman"];
    private static readonly string[] Planned = ["Swarm", "Kubernetes"];

    /// <summary>The runtime that <see cref="Read"/> found; null: there is none of that name.</summary>
    public RuntimeKind? Known { get; private set; }

    public FunctionOptions Read(string name)
    {
        var runtime = Known = Runtime();
        var (network, containers) = runtime == RuntimeKind.Process ? ("bridge", new ContainerOptions()) : ContainerReader.Read(section);
        var port = section.Integer("Port", 1, IPEndPoint.MaxPort);
        var function = new FunctionOptions
        {
            Name = name,
            Runtime = runtime ?? RuntimeKind.Process,
            Image = section.Text("Image") ?? "",
            Command = Command(),
            Environment = Environment(),
            WorkingDirectory = section.Text("WorkingDirectory") is { Length: > 0 } directory ? directory : null,
            Network = network,
            Containers = containers,
            StopTimeout = section.Duration("StopTimeout", TimeSpan.Zero, LongestStop),
            Cpu = Cpu(section.Section("Cpu")),
            Port = port ?? (runtime is null or RuntimeKind.Process ? null : DefaultContainerPort),
        };
        switch (runtime)
        {
            case RuntimeKind.Process:
                CheckProcess(function);
                break;
            case RuntimeKind.Docker or RuntimeKind.Podman:
                CheckContainer(function);
                break;
        }

        return function;
    }

    /// <summary>Instances that share one address cannot be two.</summary>
    public static void CheckScale(SectionReader section, FunctionOptions function)
    {
        if (function.Scale.Max > 1 && OwnPort(function) is { } port)
        {
            section.Error("Port", function.Runtime == RuntimeKind.Process
                ? $"{function.Scale.Max} instances (Scale:Max) cannot all listen on port {port}; leave Port out and let the program listen on the PORT it is given."
                : $"{function.Scale.Max} instances (Scale:Max) cannot all listen on port {port} of the Network 'host'; use Network 'bridge' or Scale:Max 1.");
        }
    }

    /// <summary>The port of this machine that an instance takes for itself; null when every instance has its own.</summary>
    public static int? OwnPort(FunctionOptions function) =>
        function.Runtime == RuntimeKind.Process || function.Network == "host" ? function.Port : null;

    private RuntimeKind? Runtime()
    {
        if (!section.Has("Runtime"))
        {
            section.Error("no Runtime; add \"Runtime\": \"Process\", \"Docker\" or \"Podman\".");
            return null;
        }

        var word = section.Text("Runtime");
        if (Planned.FirstOrDefault(planned => planned.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            section.Error("Runtime", $"'{known}' is not built yet; use Process, Docker or Podman.");
            return null;
        }

        return section.Word("Runtime", Built) is { } built ? Enum.Parse<RuntimeKind>(built) : null;
    }

    private List<string> Command()
    {
        var items = section.List("Command");
        if (items is [{ Value: var program }, ..] && string.IsNullOrWhiteSpace(program))
        {
            section.Error("Command", "the program's name is empty; write e.g. \"Command\": [\"./hello\"].");
        }

        if (items.Any(item => item.Value.Contains('\0', StringComparison.Ordinal)))
        {
            section.Error("Command", "holds a NUL character, which ends a program's argument; remove it.");
        }

        return [.. items.Select(item => item.Value)];
    }

    private IReadOnlyDictionary<string, string> Environment()
    {
        var map = section.Map("Environment");
        foreach (var (name, value) in map)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0') || value.Contains('\0', StringComparison.Ordinal))
            {
                section.Error("Environment", $"{ReadContext.Quote(name)} cannot be an environment variable; names are not empty and have no '=', and no NUL is in name or value.");
            }
        }

        return map;
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

    private void CheckProcess(FunctionOptions function)
    {
        if (function.Command.Count == 0 && !section.HasContent("Command"))
        {
            section.Error("no Command; a Process function needs the program to run, e.g. \"Command\": [\"./hello\"].");
        }

        section.Refuse("Image", "a Process function has no image; remove Image, or use \"Runtime\": \"Docker\".");
        section.Refuse("Cpu", "a Process function is not limited; remove Cpu, or use \"Runtime\": \"Docker\".");
        ContainerReader.RefuseForProcess(section);
        if (function.Environment.Keys.FirstOrDefault(name => name == "PORT") is { } name)
        {
            section.Error($"Environment:{name}", "the gateway sets PORT for a Process function; write \"Port\" on the function instead.");
        }

        ClaimPort(function);
    }

    private void CheckContainer(FunctionOptions function)
    {
        if (function.Image.Length == 0 && !section.HasContent("Image"))
        {
            section.Error($"no Image; a {function.Runtime} function needs the image to run, e.g. \"Image\": \"hello:1\".");
        }
        else if (function.Image.Any(char.IsWhiteSpace))
        {
            section.Error("Image", $"{ReadContext.Quote(function.Image)} is not an image's name; it has a space in it.");
        }

        section.Refuse("WorkingDirectory", $"a {function.Runtime} function runs where its image says; remove WorkingDirectory.");
        ClaimPort(function);
    }

    /// <summary>The program listens there itself, so neither the gateway nor another function can.</summary>
    private void ClaimPort(FunctionOptions function)
    {
        if (OwnPort(function) is { } port)
        {
            claims.Claim(IPAddress.Loopback, port, section.PathOf("Port"), section.SourceOf("Port"));
        }
    }
}
