using System.Net;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes;

/// <summary>Something that can start and stop instances of functions: local processes, a container engine.</summary>
internal interface IRuntime
{
    /// <summary>Its module's <see cref="IRunReader.Name"/>.</summary>
    string Name { get; }

    /// <summary>The tiers that its instances can be in, as its module says: the deepest first, <see cref="Tier.Running"/> last.</summary>
    IReadOnlyList<Tier> Tiers { get; }

    /// <summary>Its instances go on when the gateway ends, and <see cref="AdoptAsync"/> finds them again.</summary>
    bool OutlivesGateway => false;

    /// <summary>Who is told of instances that others start or move; set once, before the first function.</summary>
    IInstanceOwner? Owner
    {
        set { }
    }

    /// <summary>
    /// Says which functions are this runtime's from now on, before any of them is adopted or prepared. What an engine has of others of this
    /// gateway's is removed in the background, when the engine can be reached: functions that were removed, or run on another runtime now.
    /// </summary>
    void Keep(IReadOnlyCollection<FunctionOptions> functions)
    {
    }

    /// <summary>
    /// Does ahead of the first wake what can be done ahead, so that a wake is one call: checks the image, makes the
    /// container. Called at start and after a reload, off the wake path.
    /// </summary>
    /// <exception cref="RuntimeException">The function cannot run; the message says where and what to do.</exception>
    Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken);

    /// <summary>
    /// Finds the function's instances that a gateway before this one left, running or at rest, and takes them over as they are.
    /// </summary>
    Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken);

    /// <summary>A new instance, not yet started: its tier is <see cref="Tier.Stopped"/>.</summary>
    /// <exception cref="RuntimeException">The function cannot run; the message says where and what to do.</exception>
    ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken);

    /// <summary>
    /// Removes what the engine keeps of a function that is no longer configured: its containers. Does nothing when the function has been kept
    /// again meanwhile: then they are its.
    /// </summary>
    Task ForgetAsync(string function, CancellationToken cancellationToken);
}

/// <summary>
/// One copy of a function: a process, a container. Its owner stops it and disposes it. Disposed without a stop, one that
/// outlives the gateway goes on; disposed after a stop that failed, the runtime ends it as soon as it can.
/// </summary>
internal interface IInstance : IAsyncDisposable
{
    /// <summary>Unique over the gateway's life and over its restarts; at most 64 characters of [a-zA-Z0-9_.-].</summary>
    string Id { get; }

    /// <summary>
    /// Where it listens, or null while only the start can tell (a container on a bridge gets its address then). Set
    /// when <see cref="StartAsync"/> has completed, and the same after every rest.
    /// </summary>
    IPEndPoint? Endpoint { get; }

    /// <summary>
    /// Directories, one of which is or will be its cgroup v2 directory: the kernel's listen() event names it by
    /// inode. Empty when it has none. Known before the start. Paths of the mounted hierarchy, as this process sees them.
    /// </summary>
    IReadOnlyList<string> CgroupPaths { get; }

    /// <summary>
    /// Which build of its program this is, beyond what the options say: an image's id, a file's time and length. Two builds' starts may
    /// cost differently. Empty: the runtime cannot tell one from another.
    /// </summary>
    string Build => "";

    /// <summary>
    /// The process group of its program, as this process sees it, for instances that have no cgroup; null where there is
    /// none or it is not known.
    /// </summary>
    int? ProcessGroup => null;

    /// <summary>How it tells that it answers; null: by the kernel's word of listen() and a probe of its <see cref="Endpoint"/>.</summary>
    IInstanceReadiness? Readiness => null;

    /// <summary>Measures what it uses of this machine's memory, in bytes; null: as much as its cgroup is charged. Called often; does not block.</summary>
    long? MeasureMemory() => null;

    /// <summary>Where it is: changes as a start or a rest completes.</summary>
    Tier Tier { get; }

    /// <summary>Completes when the instance has ended by itself or was stopped, at rest too; never faults.</summary>
    Task<InstanceExit> Exited { get; }

    /// <summary>
    /// Runs it, from whatever tier it is in: starts the program, or lets it go on. Returns when the runtime has done so;
    /// not when the program is ready.
    /// </summary>
    /// <exception cref="RuntimeException">It could not be started; the message says where and what to do.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes when a started instance, which listens already, is well by its own health check; at once when it has none. Not asked
    /// of one that goes on after a pause: it was well before.
    /// </summary>
    Task HealthyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What its health check said last, while it has not passed; null: it has, or there is none.</summary>
    string? Unhealthy => null;

    /// <summary>It answers: what it was given for its start alone is taken back.</summary>
    /// <exception cref="RuntimeException">The runtime could not; the message says why.</exception>
    Task ReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Brings it to rest in a tier between <see cref="Tier.Stopped"/> and <see cref="Tier.Running"/> that its runtime has.
    /// At rest it is the same instance under the same id. When this fails it is where it was, or has ended.
    /// </summary>
    /// <exception cref="RuntimeException">The runtime could not; the message says why.</exception>
    Task RestAsync(Tier tier, CancellationToken cancellationToken);

    /// <summary>
    /// A request waits for what comes after this instance: a stop, under way or to come, gives a program without anything to lose less
    /// time. Does not block.
    /// </summary>
    void Hurry()
    {
    }

    /// <summary>Asks it to end, then ends it: when this completes nothing of it runs. Idempotent.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>How an instance ended. <paramref name="Reason"/> is one sentence for people: exit code and its last words.</summary>
internal sealed record InstanceExit(int? ExitCode, string Reason)
{
    // signal(7); shells and engines tell of an end by a signal as 128 and its number.
    private const int BySignal = 128;
    private const int HangUp = 1;
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;

    /// <summary>
    /// Somebody else ended it: a signal that programs do not send themselves, or its container was removed. A crash, an exit of
    /// its own, or an end for want of memory is not that.
    /// </summary>
    public bool ByOthers { get; init; } = ExitCode is BySignal + HangUp or BySignal + Interrupt or BySignal + Kill or BySignal + Terminate;
}

/// <summary>A runtime's failure in the user's words: one sentence that says where and what to do.</summary>
internal sealed class RuntimeException : Exception
{
    /// <summary>What kind of failure it is, as far as clients are told.</summary>
    public StartFailureCause Cause { get; init; }

    public RuntimeException(string message) : base(message)
    {
    }

    public RuntimeException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public RuntimeException()
    {
    }
}
