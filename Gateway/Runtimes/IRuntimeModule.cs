using Gateway.Configuration;

namespace Gateway.Runtimes;

/// <summary>A kind of runtime that functions can name: reads its part of the configuration, and makes the runtime. A line in <see cref="RuntimeModules"/>.</summary>
internal interface IRuntimeModule : IRunReader
{
    /// <summary>Makes the runtime, once, whether a function uses it or not: what costs or needs anything waits for the first that does.</summary>
    IRuntime Create(RuntimeContext context);
}

/// <summary>What a runtime is made with.</summary>
/// <param name="Gateway">The gateway's name, unique among those that share an engine.</param>
/// <param name="Settings">What the module has read by <see cref="IRunReader.ReadSettings"/>.</param>
/// <param name="CgroupRoot">Where cgroup v2 is mounted, as this process sees it; null: nowhere.</param>
/// <param name="ContentRoot">Where relative paths start.</param>
internal sealed record RuntimeContext(string Gateway, RuntimeSettings? Settings, string? CgroupRoot, string ContentRoot, TimeProvider Time, ILoggerFactory Loggers);
