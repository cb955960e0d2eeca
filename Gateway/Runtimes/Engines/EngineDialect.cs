using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Where engines that speak Docker's API differ.</summary>
internal abstract class EngineDialect
{
    /// <summary>What users call the runtime, and its section in <c>Gateway</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The tiers that containers can be in, the deepest first, <see cref="Tier.Running"/> last.</summary>
    public abstract IReadOnlyList<Tier> Tiers { get; }

    /// <summary>Where it is reached unless it is said otherwise.</summary>
    public abstract Uri DefaultEndpoint { get; }

    /// <summary>The environment variable by which its own command is told otherwise.</summary>
    public abstract string EndpointVariable { get; }

    /// <summary>The command that a user would type.</summary>
    public abstract string Command { get; }

    /// <summary>Names of the events that say that a container may have ended.</summary>
    public abstract IReadOnlyList<string> EndEvents { get; }

    /// <summary>Name of the event that says that a container is gone.</summary>
    public abstract string RemoveEvent { get; }

    /// <summary>Names of the events that come before the end of a container that somebody has ended by the engine.</summary>
    public virtual IReadOnlyList<string> SignalEvents { get; } = ["kill"];

    /// <summary>Name of the event that says that the engine has cleaned up behind a run; null: there is none.</summary>
    public virtual string? CleanupEvent => null;

    /// <summary>Names of the events after which an image's name may stand for another image.</summary>
    public abstract IReadOnlyList<string> ImageEvents { get; }

    /// <summary>Where the configuration says how the engine is reached.</summary>
    public string Section => $"Gateway:{Name}";

    /// <summary>
    /// Where the engine puts a container's cgroup, the likeliest first. It cannot be asked before the start, but it is known
    /// to choose one of two. An engine started with its own cgroup parent uses neither.
    /// </summary>
    /// <param name="root">Where cgroup v2 is mounted; null: there is none.</param>
    public IReadOnlyList<string> CgroupPaths(string? root, string driver, string container)
    {
        if (root is null)
        {
            return [];
        }

        var (cgroupfs, systemd) = (Path.Combine(root, CgroupfsPath(container)), Path.Combine(root, SystemdPath(container)));
        return driver == "systemd" ? [systemd, cgroupfs] : [cgroupfs, systemd];
    }

    /// <summary>Whether a container could not be made because another has its name.</summary>
    public virtual bool IsNameTaken(DockerApiException exception) => exception.StatusCode == HttpStatusCode.Conflict;

    /// <summary>Changes a container's part of the processors, now and, where <see cref="KeepsCpu"/>, for later runs too.</summary>
    /// <exception cref="DockerApiException">The engine would not.</exception>
    public abstract Task ShareCpuAsync(EngineClient engine, string container, CpuShare cpu, CancellationToken cancellationToken);

    /// <summary>Whether that outlasts the run.</summary>
    public abstract bool KeepsCpu { get; }

    /// <summary>The logging driver that it uses unless told otherwise.</summary>
    public abstract string LoggingDriver(SystemInfoResponse info);

    /// <summary>Options that bound what the driver keeps; null: it is the operator's choice.</summary>
    public abstract Dictionary<string, string>? LogBounds(string driver);

    /// <summary>
    /// The call that builds a container's sandbox without executing its program, after which a start executes it; null: there is none.
    /// </summary>
    public virtual Uri? InitializeCall(string container) => null;

    /// <summary>Whether that has been done to the container, and it was not started since.</summary>
    public virtual bool IsInitialized(State state) => false;

    protected abstract string CgroupfsPath(string container);

    protected abstract string SystemdPath(string container);
}
