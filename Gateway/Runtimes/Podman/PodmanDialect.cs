using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;
using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Podman;

/// <summary>Podman 4 and later: Docker's API on the same socket as its own, libpod.</summary>
internal sealed class PodmanDialect : EngineDialect
{
    public const string RuntimeName = "Podman";

    public override string Name => RuntimeName;

    public override IReadOnlyList<Tier> Tiers { get; } = [Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running];

    public override Uri DefaultEndpoint { get; } = new("unix:///run/podman/podman.sock");

    public override string EndpointVariable => "CONTAINER_HOST";

    public override string Command => "podman";

    // A filter wants libpod's words, and the events come with Docker's (pkg/domain/entities/events.go, ConvertToEntitiesEvent).
    public override IReadOnlyList<string> EndEvents { get; } = ["die", "died", "oom"];

    public override string RemoveEvent => "remove";

    // libpod/events/events.go. A commit is an event of the container.
    public override IReadOnlyList<string> ImageEvents { get; } = ["tag", "pull", "loadfromarchive", "import", "build", "commit"];

    // It tells of a restart before it begins, and of a stop not at all (4.3).
    public override IReadOnlyList<string> SignalEvents { get; } = ["kill", "restart"];

    public override string? CleanupEvent => "cleanup";

    // Status 500, with libpod's define.ErrCtrExists in words.
    public override bool IsNameTaken(DockerApiException exception) =>
        base.IsNameTaken(exception) || exception.ResponseBody?.Contains("name is already in use", StringComparison.Ordinal) == true;

    // Its answer to /info leaves it out; k8s-file is its own default where journald is not (containers.conf, log_driver).
    public override string LoggingDriver(SystemInfoResponse info) => string.IsNullOrEmpty(info.LoggingDriver) ? "k8s-file" : info.LoggingDriver;

    public override Dictionary<string, string>? LogBounds(string driver) =>
        driver is "k8s-file" or "json-file" ? new() { ["max-size"] = "1m" } : null;

    public override Uri? InitializeCall(string container) => new($"v4.0.0/libpod/containers/{container}/init", UriKind.Relative);

    public override bool KeepsCpu => false;

    // Docker's call came with Podman 5; libpod's, with the resources of the OCI runtime specification, with 4.3.
    public override Task ShareCpuAsync(EngineClient engine, string container, CpuShare cpu, CancellationToken cancellationToken) => engine.PostAsync(
        new Uri($"v4.3.0/libpod/containers/{container}/update", UriKind.Relative),
        JsonContent.Create(new { cpu = new { quota = cpu.Quota, period = CpuShare.Period, shares = cpu.Shares } }),
        cancellationToken);

    // Docker's API has no word for it: a container that was made, with a process that waits to become the program.
    public override bool IsInitialized(State state) => state is { Status: "created", Pid: > 0 };

    // libpod/define/config.go, CgroupfsDefaultCgroupParent and SystemdDefaultCgroupParent; libpod/container_internal_linux.go.
    protected override string CgroupfsPath(string container) => Path.Combine("libpod_parent", $"libpod-{container}");

    protected override string SystemdPath(string container) => Path.Combine("machine.slice", $"libpod-{container}.scope");
}
