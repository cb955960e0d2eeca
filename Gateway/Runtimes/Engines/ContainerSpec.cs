using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Existing;
using Gateway.Runtimes.Engines.Gates;
using Gateway.Runtimes.Engines.Networks;

namespace Gateway.Runtimes.Engines;

/// <summary>Holds everything that shapes a function's containers. Two containers of the same <see cref="Hash"/> are interchangeable.</summary>
internal sealed class ContainerSpec
{
    /// <summary>Is part of every hash. It has to be changed when the same options come to mean another container.</summary>
    private const string Layout = "3";

    private readonly string _gateway;
    private readonly EngineFacts _facts;
    private readonly EngineDialect _dialect;
    private readonly GateRules _gates;
    private readonly string? _gateRefusal;

    /// <param name="gateway">The name of the gateway. Several gateways may share an engine, and each one handles only its own containers.</param>
    /// <param name="image">The image that the name stands for now. A rebuilt image makes another spec.</param>
    /// <param name="gates">Decides whether the containers have gates, or null if none has one.</param>
    /// <param name="gateRefusal">Why the engine takes no gate for this function, or null if that has not been seen.</param>
    /// <param name="users">What the container is if it is the user's own, or null if the gateway makes it.</param>
    public ContainerSpec(
        string gateway, FunctionOptions function, EngineImage image, EngineFacts facts, EngineDialect dialect, GateRules? gates = null, string? gateRefusal = null,
        UsersContainer? users = null)
    {
        (_dialect, _gateRefusal) = (dialect, gateRefusal);
        _gates = gates ?? new GateRules(dialect, new Uri("unix:///"), directories: null, gates: null);
        var gate = _gates.Judge(function, image, facts);
        Gate = gate.Has && gateRefusal is not null ? gate with { Missing = gateRefusal } : gate;
        Function = function;
        Image = image;
        _gateway = gateway;
        _facts = facts;
        Users = users;
        Run = function.Container;
        Port = Run.Port ?? users?.PortOf(function) ?? throw EngineErrors.NoPort(function);
        Environment = [.. Run.Environment.Where(pair => pair.Key != "PORT").Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal),
            string.Create(CultureInfo.InvariantCulture, $"PORT={Port}")];
        Volumes = new ContainerVolumes(gateway, function, image);
        Health = HealthCheck.Of(function, image);
        NetworkNotKept = Run.KeepsNetwork ? _gates.WhyNoNetwork() : null;
        Network = Run.KeepsNetwork && NetworkNotKept is null ? new KeptNetworkSpec(gateway, function, image, _gates.Directories!.PausePath) : null;
        Hash = ComputeHash(Gate.Has);
    }

    public FunctionOptions Function { get; }
    public ContainerRunOptions Run { get; }
    public EngineImage Image { get; }

    /// <summary>Gets what the container is if it is the user's own, or null if the gateway makes containers.</summary>
    public UsersContainer? Users { get; }

    /// <summary>Gets whether the container is the user's own, which the gateway only starts, pauses and stops.</summary>
    public bool IsUsers => Users is not null;

    public int Port { get; }
    public string Hash { get; }
    public ContainerVolumes Volumes { get; }

    /// <summary>Gets the check that has to pass before a started container takes requests, or null if there is none.</summary>
    public HealthCheck? Health { get; }

    /// <summary>Gets whether containers are made with a gate, and why not.</summary>
    public GateChoice Gate { get; }

    /// <summary>Gets what keeps the containers' networks, or null if they are made for each run.</summary>
    public KeptNetworkSpec? Network { get; }

    /// <summary>Gets why networks are not kept although the configuration asks for it, in one sentence without a full stop, or null.</summary>
    public string? NetworkNotKept { get; }

    /// <summary>Gets whether containers share the engine's own network.</summary>
    public bool OnHostNetwork => (Users?.NetworkMode ?? Run.Network) == ContainerRunOptions.HostNetwork;

    private IReadOnlyList<string> Environment { get; }

    /// <summary>Returns the spec of the same function with another image.</summary>
    public ContainerSpec With(EngineImage image) => new(_gateway, Function, image, _facts, _dialect, _gates, _gateRefusal);

    /// <summary>Returns the spec of the same function for containers without a gate.</summary>
    /// <param name="why">One sentence without a full stop that says why.</param>
    public ContainerSpec WithoutGate(string why) => new(_gateway, Function, Image, _facts, _dialect, _gates, why);

    /// <summary>Returns true if containers of that hash run the same program in the same way, be it behind a gate or not.</summary>
    public bool Fits(string hash) => hash == Hash || (_gates.Gates is not null && hash == ComputeHash(!Gate.Has));

    /// <summary>Returns the parameters with which the engine makes a container.</summary>
    /// <param name="name">The name of the container.</param>
    /// <param name="slot">The number of the instance within the function, from 1, where instances have volumes of their own; else 0.</param>
    /// <param name="gate">The name of the container's gate, or null if it has none.</param>
    /// <param name="network">The id of the container that keeps its network, or null if none does.</param>
    public CreateContainerParameters ToParameters(string name, int slot, string? gate = null, string? network = null)
    {
        var host = new HostConfig
        {
            NetworkMode = network is null ? Run.Network : $"container:{network}",
            // The gateway decides when the container runs.
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            LogConfig = BoundedLog()!,
            CPUPeriod = StartShare.Quota > 0 ? CpuShare.Period : 0,
            CPUQuota = Math.Max(0, StartShare.Quota),
            CPUShares = StartShare == CpuShare.Unlimited ? 0 : StartShare.Shares,
            Memory = Run.Memory ?? 0,
            PidsLimit = Run.Pids ?? ContainerRunOptions.DefaultPids,
            CapDrop = ["ALL"],
            CapAdd = [.. Run.Capabilities],
            SecurityOpt = Run.NewPrivileges ? null! : ["no-new-privileges"],
            ReadonlyRootfs = Run.ReadOnly,
            // Null leaves it to the engine's own default, which some operators change.
            Init = Run.Init ? true : null,
        };
        Volumes.AddTo(host, slot);
        var parameters = new CreateContainerParameters
        {
            Name = name,
            // The name and not the id, because the engine's lists show what is given here.
            Image = Run.Image,
            // Program and arguments replace the image's own, including its entry point.
            Entrypoint = Run.Command.Count == 0 ? null! : [.. Run.Command],
            Env = [.. Environment],
            User = Run.User!,
            Labels = ContainerLabels.Of(Run.Labels, _gateway, Function.Name, Hash, slot, gate, network),
            Healthcheck = HealthCheck.ToConfig(Run.HealthCheck, Image)!,
            HostConfig = host,
        };
        if (gate is not null)
        {
            _gates.Gates!.AddTo(parameters, gate, Image.ProgramOf(Run), Port);
        }

        return parameters;
    }

    /// <summary>Gets the share of the processors until the program answers.</summary>
    private CpuShare StartShare => Run.Cpu.Boost ? CpuShare.Unlimited : CpuShare.Of(Run.Cpu);

    private LogConfig? BoundedLog() => _dialect.LogBounds(_facts.LoggingDriver) is { } bounds
        ? new LogConfig { Type = _facts.LoggingDriver, Config = bounds }
        : null;

    // A container with a gate can be told to go only by gates like its own.
    private string ComputeHash(bool gate)
    {
        var text = new StringBuilder();
        string[] parts = [Layout, Image.Id, _facts.LoggingDriver, Run.Fingerprint, .. Environment, .. gate ? (string[])[_gates.Gates!.Identity] : []];
        foreach (var part in parts)
        {
            // The length in front keeps ["a b"] and ["a", "b"] apart.
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
