using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>All that shapes a function's containers. Two containers of the same <see cref="Hash"/> are interchangeable.</summary>
internal sealed class ContainerSpec
{
    /// <summary>Part of every hash: change it when the same options come to mean another container.</summary>
    private const string Layout = "2";

    private readonly string _gateway;
    private readonly EngineFacts _facts;
    private readonly EngineDialect _dialect;

    /// <param name="gateway">The gateway's name: several may share an engine, and each minds its own.</param>
    /// <param name="image">What the image's name stands for now: a rebuilt image makes another spec.</param>
    public ContainerSpec(string gateway, FunctionOptions function, EngineImage image, EngineFacts facts, EngineDialect dialect)
    {
        _dialect = dialect;
        Function = function;
        Image = image;
        _gateway = gateway;
        _facts = facts;
        Run = function.Container;
        Port = Run.Port ?? throw EngineErrors.NoPort(function);
        Environment = [.. Run.Environment.Where(pair => pair.Key != "PORT").Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal),
            string.Create(CultureInfo.InvariantCulture, $"PORT={Port}")];
        Volumes = new ContainerVolumes(gateway, function, image);
        Health = HealthCheck.Of(function, image);
        Hash = ComputeHash();
    }

    public FunctionOptions Function { get; }
    public ContainerRunOptions Run { get; }
    public EngineImage Image { get; }
    public int Port { get; }
    public string Hash { get; }
    public ContainerVolumes Volumes { get; }

    /// <summary>What has to pass before a started container takes requests; null: nothing.</summary>
    public HealthCheck? Health { get; }

    public bool OnHostNetwork => Run.Network == ContainerRunOptions.HostNetwork;

    private IReadOnlyList<string> Environment { get; }

    /// <summary>The same function of another image.</summary>
    public ContainerSpec With(EngineImage image) => new(_gateway, Function, image, _facts, _dialect);

    /// <param name="name">The container's name.</param>
    /// <param name="slot">Which of the function's instances it is, from 1, where they have volumes of their own; else 0.</param>
    public CreateContainerParameters ToParameters(string name, int slot)
    {
        var host = new HostConfig
        {
            NetworkMode = Run.Network,
            // The gateway decides when it runs.
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            LogConfig = BoundedLog()!,
            CPUPeriod = StartShare.Quota > 0 ? CpuShare.Period : 0,
            CPUQuota = Math.Max(0, StartShare.Quota),
            CPUShares = StartShare == CpuShare.Unlimited ? 0 : StartShare.Shares,
            Memory = Run.Memory ?? 0,
            PidsLimit = Run.Pids,
            // Null is the engine's own default, which some operators set.
            Init = Run.Init ? true : null,
        };
        Volumes.AddTo(host, slot);
        return new CreateContainerParameters
        {
            Name = name,
            // By its name, which is what people look for in the engine's lists.
            Image = Run.Image,
            // Program and arguments stand for the image's own, entry point included.
            Entrypoint = Run.Command.Count == 0 ? null! : [.. Run.Command],
            Env = [.. Environment],
            User = Run.User!,
            Labels = ContainerLabels.Of(Run.Labels, _gateway, Function.Name, Hash, slot),
            Healthcheck = HealthCheck.ToConfig(Run.HealthCheck, Image)!,
            HostConfig = host,
        };
    }

    /// <summary>Its part of the processors until it answers.</summary>
    private CpuShare StartShare => Run.Cpu.Boost ? CpuShare.Unlimited : CpuShare.Of(Run.Cpu);

    private LogConfig? BoundedLog() => _dialect.LogBounds(_facts.LoggingDriver) is { } bounds
        ? new LogConfig { Type = _facts.LoggingDriver, Config = bounds }
        : null;

    private string ComputeHash()
    {
        var text = new StringBuilder();
        string[] parts = [Layout, Image.Id, _facts.LoggingDriver, Run.Fingerprint, .. Environment];
        foreach (var part in parts)
        {
            // The length in front keeps ["a b"] and ["a", "b"] apart.
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
