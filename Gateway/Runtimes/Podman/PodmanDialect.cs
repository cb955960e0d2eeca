using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Runtimes.Engines;

namespace Gateway.Runtimes.Podman;

/// <summary>Describes Podman 4 and later, which offers Docker's API on the same socket as its own, libpod.</summary>
internal sealed class PodmanDialect : EngineDialect
{
    public const string RuntimeName = "Podman";

    public override string Name => RuntimeName;

    public override Uri DefaultEndpoint { get; } = new("unix:///run/podman/podman.sock");

    public override string EndpointVariable => "CONTAINER_HOST";

    public override string Command => "podman";

    public override string Unit => "podman.socket";

    // The filter takes libpod's names, but the events come with Docker's (pkg/domain/entities/events.go, ConvertToEntitiesEvent).
    public override IReadOnlyList<string> EndEvents { get; } = ["die", "died", "oom"];

    public override string RemoveEvent => "remove";

    // From libpod/events/events.go. A commit is an event of the container.
    public override IReadOnlyList<string> ImageEvents { get; } = ["tag", "pull", "loadfromarchive", "import", "build", "commit"];

    // It reports a restart before the restart begins, and does not report a stop at all (4.3).
    public override IReadOnlyList<string> SignalEvents { get; } = ["kill", "restart"];

    // Podman answers with status 500 and the text of libpod's define.ErrCtrExists.
    public override bool IsNameTaken(DockerApiException exception) =>
        base.IsNameTaken(exception) || exception.ResponseBody?.Contains("name is already in use", StringComparison.Ordinal) == true;

    // Its answer to /info leaves the driver out. k8s-file is its own default where journald is not (containers.conf, log_driver).
    public override string LoggingDriver(SystemInfoResponse info) => string.IsNullOrEmpty(info.LoggingDriver) ? "k8s-file" : info.LoggingDriver;

    // Columns that it knows itself. For what it takes for an option it executes ps(1) inside the container, which most images do not have.
    public override string ProcessColumns => "pid,args";

    public override Dictionary<string, string>? LogBounds(string driver) =>
        driver is "k8s-file" or "json-file" ? new() { ["max-size"] = "1m" } : null;

    // pkg/specgen/generate/container.go and libpod/container_internal_linux.go: with the default of --systemd, tmpfs mounts and a stop signal for systemd.
    public override bool PreparesForInits => true;

    // pkg/api/handlers/compat/containers_start.go: Start with recursive.
    public override bool StartsWhatIsJoined => true;

    public override bool KeepsCpu => false;

    // Docker's call came with Podman 5, and libpod's with 4.3. The latter takes the resources of the OCI runtime specification.
    public override Task ShareCpuAsync(EngineClient engine, string container, CpuShare cpu, CancellationToken cancellationToken) => engine.PostAsync(
        new Uri($"v4.3.0/libpod/containers/{container}/update", UriKind.Relative),
        JsonContent.Create(new { cpu = new { quota = cpu.Quota, period = CpuShare.Period, shares = cpu.Shares } }),
        cancellationToken);

    // From libpod/define/config.go, CgroupfsDefaultCgroupParent and SystemdDefaultCgroupParent, and libpod/container_internal_linux.go.
    protected override string CgroupfsPath(string container) => Path.Combine("libpod_parent", $"libpod-{container}");

    protected override string SystemdPath(string container) => Path.Combine("machine.slice", $"libpod-{container}.scope");
}
