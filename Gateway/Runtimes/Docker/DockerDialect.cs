using Docker.DotNet.Models;
using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Docker;

/// <summary>Describes Docker.</summary>
internal sealed class DockerDialect : EngineDialect
{
    public const string RuntimeName = "Docker";

    public override string Name => RuntimeName;

    public override Uri DefaultEndpoint { get; } = new("unix:///var/run/docker.sock");

    public override string EndpointVariable => "DOCKER_HOST";

    public override string Command => "docker";

    public override string Unit => "docker.service";

    public override IReadOnlyList<string> EndEvents { get; } = ["die", "oom"];

    public override string RemoveEvent => "destroy";

    // A build, an import and a commit end in a tag event (moby, daemon/images).
    public override IReadOnlyList<string> ImageEvents { get; } = ["tag", "pull", "load", "import"];

    public override string LoggingDriver(SystemInfoResponse info) => info.LoggingDriver;

    public override bool KeepsCpu => true;

    public override Task ShareCpuAsync(EngineClient engine, string container, CpuShare cpu, CancellationToken cancellationToken) => engine.CallAsync(
        client => client.Containers.UpdateContainerAsync(
            container, new ContainerUpdateParameters { CPUPeriod = CpuShare.Period, CPUQuota = cpu.Quota, CPUShares = cpu.Shares }, cancellationToken),
        cancellationToken);

    // Only these drivers write files. The others (journald, syslog) are the operator's choice.
    public override Dictionary<string, string>? LogBounds(string driver) =>
        driver is "json-file" or "local" ? new() { ["max-size"] = "1m", ["max-file"] = "2" } : null;

    // moby, daemon/oci_linux.go, WithCgroups.
    protected override string CgroupfsPath(string container) => Path.Combine("docker", container);

    protected override string SystemdPath(string container) => Path.Combine("system.slice", $"docker-{container}.scope");
}
