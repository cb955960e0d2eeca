using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Describes how an engine that speaks Docker's API differs from others.</summary>
internal abstract class EngineDialect
{
    /// <summary>Gets what users call the runtime, which is also the name of its section in <c>Gateway</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the tiers that containers can be in, from the deepest to <see cref="Tier.Running"/>. <see cref="Tier.Initialized"/> needs a gate.</summary>
    public static IReadOnlyList<Tier> Tiers { get; } = [Tier.Stopped, Tier.Initialized, Tier.PagedOut, Tier.Paused, Tier.Running];

    /// <summary>Gets the tiers of containers without a gate.</summary>
    public static IReadOnlyList<Tier> TiersWithoutGate { get; } = [Tier.Stopped, Tier.PagedOut, Tier.Paused, Tier.Running];

    /// <summary>Gets the endpoint that is used if none is configured.</summary>
    public abstract Uri DefaultEndpoint { get; }

    /// <summary>Gets the environment variable that sets another endpoint for the engine's own command.</summary>
    public abstract string EndpointVariable { get; }

    /// <summary>Gets the command that a user would type.</summary>
    public abstract string Command { get; }

    /// <summary>Gets the unit of systemd that brings the engine's socket up.</summary>
    public abstract string Unit { get; }

    /// <summary>Gets the names of the events after which a container may have ended.</summary>
    public abstract IReadOnlyList<string> EndEvents { get; }

    /// <summary>Gets the name of the event that says that a container was removed.</summary>
    public abstract string RemoveEvent { get; }

    /// <summary>Gets the names of the events that come before the end of a container that somebody ended through the engine.</summary>
    public virtual IReadOnlyList<string> SignalEvents { get; } = ["kill"];

    /// <summary>Gets the names of the events after which an image's name may stand for another image.</summary>
    public abstract IReadOnlyList<string> ImageEvents { get; }

    /// <summary>Gets the section of the configuration that says how the engine is reached.</summary>
    public string Section => $"Gateway:{Name}";

    /// <summary>
    /// Returns where the engine puts a container's cgroup, the likeliest path first. The engine cannot be asked before the start, but it is known
    /// to choose one of two paths. An engine that was started with its own cgroup parent uses neither.
    /// </summary>
    /// <param name="root">The mount point of cgroup v2, or null if there is none.</param>
    public IReadOnlyList<string> CgroupPaths(string? root, string driver, string container)
    {
        if (root is null)
        {
            return [];
        }

        var (cgroupfs, systemd) = (Path.Combine(root, CgroupfsPath(container)), Path.Combine(root, SystemdPath(container)));
        return driver == "systemd" ? [systemd, cgroupfs] : [cgroupfs, systemd];
    }

    /// <summary>Returns true if a container could not be made because another one has its name.</summary>
    public virtual bool IsNameTaken(DockerApiException exception) => exception.StatusCode == HttpStatusCode.Conflict;

    /// <summary>Changes a container's share of the processors now, and if <see cref="KeepsCpu"/> is true for later runs too.</summary>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    public abstract Task ShareCpuAsync(EngineClient engine, string container, CpuShare cpu, CancellationToken cancellationToken);

    /// <summary>Gets whether a change by <see cref="ShareCpuAsync"/> outlasts the run.</summary>
    public abstract bool KeepsCpu { get; }

    /// <summary>Returns the logging driver that the engine uses unless it is told otherwise.</summary>
    public abstract string LoggingDriver(SystemInfoResponse info);

    /// <summary>Returns the options that limit what a logging driver keeps, or null if that is left to the operator.</summary>
    public abstract Dictionary<string, string>? LogBounds(string driver);

    /// <summary>Gets the words of ps(1) with which the engine's list of a container's processes ends with their commands and arguments.</summary>
    public virtual string ProcessColumns => "-eo pid,args";

    /// <summary>Gets whether the engine makes a container otherwise if its first program is an init that manages services.</summary>
    public virtual bool PreparesForInits => false;

    /// <summary>Gets whether the start of a container also starts the one whose network it joins.</summary>
    public virtual bool StartsWhatIsJoined => false;

    /// <summary>Returns the path of the container's cgroup, from the root, if the engine uses the driver <c>cgroupfs</c>.</summary>
    protected abstract string CgroupfsPath(string container);

    /// <summary>Returns the path of the container's cgroup, from the root, if the engine uses the driver <c>systemd</c>.</summary>
    protected abstract string SystemdPath(string container);
}
