using Gateway.Configuration;

namespace Gateway.Runtimes;

/// <summary>A kind of runtime, which reads its part of the configuration and makes the runtime. <see cref="RuntimeModules"/> lists all of them.</summary>
internal interface IRuntimeModule : IRunReader
{
    /// <summary>Makes the runtime, once, even if no function uses it. So anything that costs or needs something has to wait for the first function.</summary>
    IRuntime Create(RuntimeContext context);
}

/// <summary>Holds what a runtime is made with.</summary>
/// <param name="Gateway">The name of the gateway, unique among those that share an engine.</param>
/// <param name="Settings">What the module has read by <see cref="IRunReader.ReadSettings"/>.</param>
/// <param name="CgroupRoot">The mount point of cgroup v2 as this process sees it, or null if there is none.</param>
/// <param name="ContentRoot">The directory that relative paths start from.</param>
internal sealed record RuntimeContext(string Gateway, RuntimeSettings? Settings, string? CgroupRoot, string ContentRoot, TimeProvider Time, ILoggerFactory Loggers)
{
    /// <summary>Gets the gateway that this one takes over from.</summary>
    public IPredecessor Predecessor { get; init; } = NoPredecessor.Instance;
}
