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
    private const string Layout = "1";

    private readonly string _gateway;
    private readonly string _loggingDriver;
    private readonly EngineDialect _dialect;

    /// <param name="gateway">The gateway's name: several may share an engine, and each minds its own.</param>
    /// <param name="imageId">The image that the name stands for now: a rebuilt image makes another spec.</param>
    public ContainerSpec(string gateway, FunctionOptions function, string imageId, EngineFacts facts, EngineDialect dialect)
    {
        _dialect = dialect;
        Function = function;
        _gateway = gateway;
        ImageId = imageId;
        _loggingDriver = facts.LoggingDriver;
        Port = function.Port ?? throw EngineErrors.NoPort(function);
        Environment = [.. function.Environment.Where(pair => pair.Key != "PORT").Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal),
            string.Create(CultureInfo.InvariantCulture, $"PORT={Port}")];
        Hash = ComputeHash();
    }

    public FunctionOptions Function { get; }
    public int Port { get; }
    public string Hash { get; }

    /// <summary>What the image's name stood for when this was made.</summary>
    public string ImageId { get; }
    public bool OnHostNetwork => Function.Network == "host";

    private IReadOnlyList<string> Environment { get; }

    /// <param name="name">The container's name.</param>
    public CreateContainerParameters ToParameters(string name) => new()
    {
        Name = name,
        // By its name, which is what people look for in the engine's lists.
        Image = Function.Image,
        // Program and arguments stand for the image's own, entry point included.
        Entrypoint = Function.Command.Count == 0 ? null! : [.. Function.Command],
        Env = [.. Environment],
        Labels = ContainerLabels.Of(_gateway, Function.Name, Hash),
        HostConfig = new HostConfig
        {
            NetworkMode = Function.Network,
            // The gateway decides when it runs.
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            LogConfig = BoundedLog()!,
            CPUPeriod = StartShare.Quota > 0 ? CpuShare.Period : 0,
            CPUQuota = Math.Max(0, StartShare.Quota),
            CPUShares = StartShare == CpuShare.Unlimited ? 0 : StartShare.Shares,
        },
    };

    /// <summary>Its part of the processors until it answers.</summary>
    private CpuShare StartShare => Function.Cpu.Boost ? CpuShare.Unlimited : CpuShare.Of(Function.Cpu);

    private LogConfig? BoundedLog() => _dialect.LogBounds(_loggingDriver) is { } bounds
        ? new LogConfig { Type = _loggingDriver, Config = bounds }
        : null;

    private string ComputeHash()
    {
        var text = new StringBuilder();
        string[] parts = [Layout, ImageId, Function.Network, _loggingDriver, Function.Cpu.ToString(), .. Function.Command, "", .. Environment];
        foreach (var part in parts)
        {
            // The length in front keeps ["a b"] and ["a", "b"] apart.
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
