using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Model;

namespace Gateway.Runtimes;

/// <summary>A kind of runtime, which reads its part of the configuration and makes the runtime. <see cref="RuntimeModules"/> lists all of them.</summary>
internal interface IRuntimeModule : IRunReader
{
    /// <summary>Makes the runtime, once, even if no function uses it. So anything that costs or needs something has to wait for the first function.</summary>
    IRuntime Create(RuntimeContext context);

    /// <summary>
    /// Finds the containers whose labels ask for them to be functions, before the gateway starts, so that they are there from its first moment. It is bounded in time, and
    /// finds none where the engine does not answer; <see cref="IRuntime.Discovered"/> is told of them later then.
    /// </summary>
    Task<IReadOnlyList<LabelledContainer>> DiscoverAsync(RuntimeSettings? settings, string gateway, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<LabelledContainer>>([]);

    /// <summary>
    /// Finds out what this machine allows the runtime to do, for the command <c>doctor</c>. It changes nothing, is bounded in time, and is silent of what no function uses and
    /// what is not there.
    /// </summary>
    Task<IReadOnlyList<Finding>> ExamineAsync(RuntimeExamination examination, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([]);
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
