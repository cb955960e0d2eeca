using System.Net;
using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Model;

namespace Gateway.Runtimes;

/// <summary>Starts and stops instances of functions: local processes, or containers of an engine.</summary>
internal interface IRuntime
{
    /// <summary>The most lines of a function's output that can be read at once.</summary>
    public const int MostTail = 1000;

    /// <summary>Gets the <see cref="IRunReader.Name"/> of its module.</summary>
    string Name { get; }

    /// <summary>Gets the tiers that its instances can be in, as its module says, from the deepest to <see cref="Tier.Running"/>.</summary>
    IReadOnlyList<Tier> Tiers { get; }

    /// <summary>Returns the tiers that the instances of a function can be in, as far as it is known. The <see cref="Owner"/> is told of changes.</summary>
    FunctionTiers TiersOf(FunctionOptions function) => new(Tiers);

    /// <summary>Returns what is at odds with the function's rest, such as a restart policy of its container, in one sentence without a full stop, or null.</summary>
    string? NoticeOf(FunctionOptions function) => null;

    /// <summary>Gets whether its instances go on when the gateway ends, so that <see cref="AdoptAsync"/> finds them again.</summary>
    bool OutlivesGateway => false;

    /// <summary>Sets the owner, which is told of instances that others start or move. It is set once, before the first function is made.</summary>
    IInstanceOwner? Owner
    {
        set { }
    }

    /// <summary>
    /// Sets what is told of the containers whose labels ask for them to be functions: all of them, in the order of their age, whenever they are others than before. It
    /// comes to nothing unless the runtime's section asks for that. It is set once.
    /// </summary>
    Action<IReadOnlyList<LabelledContainer>>? Discovered
    {
        set { }
    }

    /// <summary>
    /// Sets the functions that belong to this runtime from now on, before any of them is adopted or prepared. Containers of this gateway's other functions,
    /// which were removed or use another runtime now, are removed in the background when the engine can be reached.
    /// </summary>
    void Keep(IReadOnlyCollection<FunctionOptions> functions)
    {
    }

    /// <summary>
    /// Does everything that can be done ahead of the first wake, so that a wake is one call: checks the image and makes the
    /// container. It is called at the start and after a reload, and never by a wake.
    /// </summary>
    /// <exception cref="RuntimeException">The function cannot run; the message says where the mistake is and what to do.</exception>
    Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken);

    /// <summary>
    /// Finds the function's instances that an earlier gateway left, running or at rest, and takes them over as they are.
    /// </summary>
    Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken);

    /// <summary>Makes an instance that is not started yet, so its tier is <see cref="Tier.Stopped"/>.</summary>
    /// <exception cref="RuntimeException">The function cannot run; the message says where the mistake is and what to do.</exception>
    ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the containers that the engine keeps of a function that is no longer configured. It does nothing if the function was configured
    /// again meanwhile, because they belong to the new one then.
    /// </summary>
    Task ForgetAsync(string function, CancellationToken cancellationToken);

    /// <summary>
    /// Begins to read what the function's programs have written: the last lines, the oldest first, and then, if it is to follow, each line as it comes, of instances
    /// that are made later too. Whoever reads slowly holds up no program, and may miss lines, which a line of <see cref="OutputLine.Gateway"/> says then.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="tail">How many of the lines that are there, from 0 to <see cref="MostTail"/>.</param>
    /// <param name="follow">Whether to go on. It ends when the token is cancelled, or the function is removed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RuntimeException">The output cannot be read; the message says why.</exception>
    Task<IAsyncEnumerable<OutputLine>> OutputAsync(FunctionOptions function, int tail, bool follow, CancellationToken cancellationToken) =>
        Task.FromResult(AsyncEnumerable.Empty<OutputLine>());
}

/// <summary>
/// One copy of a function: a process or a container. Its owner stops and disposes it. If it is disposed without a stop, an instance that
/// outlives the gateway goes on. If it is disposed after a stop that failed, the runtime ends it as soon as it can.
/// </summary>
internal interface IInstance : IAsyncDisposable
{
    /// <summary>Gets the id, which is unique over the gateway's life and its restarts, and has at most 64 characters of [a-zA-Z0-9_.-].</summary>
    string Id { get; }

    /// <summary>
    /// Gets the address at which it listens, or null while it is not known (a container on a bridge gets its address from the start, a process that waits its port). It is set
    /// when <see cref="StartAsync"/> has completed, and is the same after every rest but one in <see cref="Tier.Initialized"/>, whose program is another run.
    /// </summary>
    IPEndPoint? Endpoint { get; }

    /// <summary>
    /// Gets the directories one of which is or will be its cgroup v2 directory, which the kernel's listen() event names by inode. They are known before the
    /// start, and are paths of the mounted hierarchy as this process sees them. There are none if it has no cgroup.
    /// </summary>
    IReadOnlyList<string> CgroupPaths { get; }

    /// <summary>
    /// Gets the build of its program beyond what the options say, such as an image's id, or a file's time and length. Two builds may take different times
    /// to start. It is empty if the runtime cannot tell builds apart.
    /// </summary>
    string Build => "";

    /// <summary>
    /// Gets the process group of its program as this process sees it, for instances that have no cgroup, or null if there is
    /// none or it is not known.
    /// </summary>
    int? ProcessGroup => null;

    /// <summary>Gets how it reports that it answers, or null if that is found out by the kernel's listen() event and a probe of its <see cref="Endpoint"/>.</summary>
    IInstanceReadiness? Readiness => null;

    /// <summary>Returns how much of this machine's memory it uses, in bytes, or null for what its cgroup is charged. It is called often, and does not block.</summary>
    long? MeasureMemory() => null;

    /// <summary>Gets the tier that it is in, which changes as a start or a rest completes.</summary>
    Tier Tier { get; }

    /// <summary>Gets a task that completes when the instance has ended by itself or was stopped, also at rest. It never faults.</summary>
    Task<InstanceExit> Exited { get; }

    /// <summary>
    /// Runs the instance from whatever tier it is in: starts the program, or thaws it. The task completes when the runtime has done so,
    /// and not when the program is ready.
    /// </summary>
    /// <exception cref="RuntimeException">It could not be started; the message says where the mistake is and what to do.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Waits until a started instance that listens is healthy by its own health check, and completes at once if there is none. It is not called for
    /// one that was paused, because that was healthy before.
    /// </summary>
    Task HealthyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Gets the last result of the health check while that has not passed, or null if it has passed or there is none.</summary>
    string? Unhealthy => null;

    /// <summary>Tells the runtime that the instance answers, so that what it was given for its start alone is taken back.</summary>
    /// <exception cref="RuntimeException">The runtime could not do so; the message says why.</exception>
    Task ReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Brings the instance to rest in a tier between <see cref="Tier.Stopped"/> and <see cref="Tier.Running"/> that its runtime supports.
    /// At rest it is the same instance with the same id. If this fails, it is in the tier that it was in, or has ended.
    /// </summary>
    /// <exception cref="RuntimeException">The runtime could not do so; the message says why.</exception>
    Task RestAsync(Tier tier, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the instance that a request waits for the next start, so that a stop, under way or to come, gives a program that has nothing to lose
    /// less time. It does not block.
    /// </summary>
    void Hurry()
    {
    }

    /// <summary>
    /// Tells the instance that it is wanted, or is to end, so that a rest in <see cref="Tier.PagedOut"/>, under way or about to begin, leaves its memory where it is and ends
    /// in <see cref="Tier.Paused"/>. It does not block.
    /// </summary>
    void InterruptRest()
    {
    }

    /// <summary>Asks the program to end, and then ends it. When the task completes, nothing of the instance runs. It may be called more than once.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>Says how an instance ended. <paramref name="Reason"/> is one sentence for people, with the exit code and the program's last words.</summary>
internal sealed record InstanceExit(int? ExitCode, string Reason)
{
    // signal(7). Shells and engines report an end by a signal as 128 plus its number.
    private const int BySignal = 128;
    private const int HangUp = 1;
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;

    /// <summary>
    /// Gets whether somebody else ended it: by a signal that programs do not send themselves, or by removing its container. A crash, an exit by
    /// itself, or an end for lack of memory does not count.
    /// </summary>
    public bool ByOthers { get; init; } = ExitCode is BySignal + HangUp or BySignal + Interrupt or BySignal + Kill or BySignal + Terminate;
}

/// <summary>A failure of a runtime in the user's terms, in one sentence that says where the mistake is and what to do.</summary>
internal class RuntimeException : Exception
{
    /// <summary>Gets the kind of the failure, as far as clients may be told.</summary>
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
