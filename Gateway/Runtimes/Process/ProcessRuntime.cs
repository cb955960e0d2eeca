using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Runs functions as local programs that are given PORT. Each instance has its own cgroup, so that it ends as a whole and the
/// kernel's listen() event names it. Where that is not possible, it has a process group.
/// </summary>
internal sealed class ProcessRuntime : IRuntime, IGivingRuntime, IDisposable
{
    private readonly ProcessGroups _groups;
    private readonly FunctionUsers _users;
    private readonly FreePorts _ports = new();
    private readonly ConcurrentDictionary<string, WaitingPlaces> _doors = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int?> _ahead = new(StringComparer.OrdinalIgnoreCase);
    private readonly PageOut _pageOut;
    private readonly FunctionOutputs _outputs;
    private readonly string _contentRoot;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _run;
    private string _groupsKept;
    private readonly IPredecessor _predecessor;
    private readonly ConditionalWeakTable<IGivableProcess, object> _live = [];
    private int _count;
    private bool _isKept;
    private volatile bool _gives;

    /// <param name="cgroupRoot">The mount point of cgroup v2, or null if there is none that may be written to.</param>
    /// <param name="contentRoot">The directory that relative paths start from.</param>
    /// <param name="predecessor">The gateway that gives this one its programs.</param>
    public ProcessRuntime(string? cgroupRoot, string contentRoot, TimeProvider time, ILogger logger, IPredecessor? predecessor = null)
    {
        var rights = GatewayRights.Read();
        _predecessor = predecessor ?? NoPredecessor.Instance;
        _groups = new ProcessGroups(cgroupRoot, time, logger);
        _users = new FunctionUsers(rights, File.ReadLines("/proc/self/uid_map"));
        _groupsKept = rights.DropsGroups ? "" : string.Join(", ", rights.Groups);
        _pageOut = new PageOut(cgroupRoot, logger);
        _contentRoot = contentRoot;
        _time = time;
        _outputs = new FunctionOutputs(time);
        _logger = logger;
        _run = time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture);
    }

    public string Name => ProcessModule.RuntimeName;

    public IReadOnlyList<Tier> Tiers => ProcessModule.ItsTiers;

    public IInstanceOwner? Owner
    {
        set => _pageOut.Owner = value;
    }

    public FunctionTiers TiersOf(FunctionOptions function) => _pageOut.Judge(
        function, function.Idle is { Ahead: 0, MayRestInitialized: true } ? new(ProcessModule.TiersWithoutWait, "its Idle:Ahead is 0") : new(Tiers));

    public Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var run = Of(function);
        var program = run.Command[0];
        var directory = DirectoryOf(run);
        if (!Directory.Exists(directory))
        {
            throw new RuntimeException($"Gateway:Functions:{function.Name}:WorkingDirectory: '{directory}' is not there; make it or correct the path.");
        }

        if (ProgramFile.Locate(program, directory, run) is null)
        {
            throw new RuntimeException(program.Contains('/')
                ? $"Gateway:Functions:{function.Name}:Command:0: there is no program '{program}' in {directory} that may be executed; build it, chmod +x it, or correct the path."
                : $"Gateway:Functions:{function.Name}:Command:0: no program '{program}' on the PATH; install it or give its path.");
        }

        _ahead[function.Name] = function.Idle.Ahead;
        _ = _users.Of(function.Name, run);
        _pageOut.Forget(function.Name);
        if (function.Idle.MayRestPagedOut && _pageOut.WhyNot() is null)
        {
            // Where that fails, the first attempt to page it out says so.
            _ = _groups.Limits.CountMemory();
        }

        if (_groups.Limits.Prepare(run) is var (key, why))
        {
            throw new RuntimeException($"Gateway:Functions:{function.Name}:{key}: {why}; run the gateway as root or with a delegated cgroup (docs/operating.md), or remove {key}.");
        }

        if (Interlocked.Exchange(ref _groupsKept, "") is { Length: > 0 } groups)
        {
            ProcessLog.GroupsKept(_logger, groups);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Keep(IReadOnlyCollection<FunctionOptions> functions)
    {
        var names = functions.Select(function => function.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _outputs.Keep(names);
        if (!Interlocked.Exchange(ref _isKept, true))
        {
            _ = EndOthersAsync(names);
        }
    }

    /// <summary>Gets whether the programs have been given to the next gateway, so that they go on.</summary>
    public bool OutlivesGateway => _gives;

    public async Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var adopted = new List<IInstance>();
        foreach (var given in await _predecessor.TakeAsync(Name, name => name.Equals(function.Name, StringComparison.OrdinalIgnoreCase)))
        {
            if (Adopt(given, Of(function)) is { } instance)
            {
                adopted.Add(instance);
            }
        }

        return adopted;
    }

    /// <inheritdoc/>
    public async Task GiveAsync(Action<GivenInstance> give)
    {
        _gives = true;
        var gate = new Lock();
        await Task.WhenAll(_live.Select(async pair =>
        {
            var process = pair.Key;
            await process.ReadyToGive;
            lock (gate)
            {
                if (process.Give() is { } given)
                {
                    give(given);
                }
            }
        }));
    }

    public ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var name = function.Name.Length > 40 ? function.Name[..40] : function.Name;
        var id = $"{name}-{_run}-{Interlocked.Increment(ref _count)}";
        var run = Of(function);
        var directory = DirectoryOf(run);
        var site = new ProcessSite(
            _groups,
            _doors.GetOrAdd(function.Name, static _ => new()),
            () => _ahead.GetValueOrDefault(function.Name, function.Idle.Ahead),
            _pageOut,
            _users.Of(function.Name, run),
            directory,
            () => ProgramFile.BuildOf(run, directory))
        {
            Output = _outputs.Of(function.Name),
        };
        var instance = new ProcessInstance(id, function.Name, run, site, run.Port is null ? _ports : null, _time, _logger);
        _live.Add(instance, this);
        return new(instance);
    }

    /// <inheritdoc/>
    public Task<IAsyncEnumerable<OutputLine>> OutputAsync(FunctionOptions function, int tail, bool follow, CancellationToken cancellationToken) =>
        Task.FromResult(_outputs.Of(function.Name).ReadAsync(tail, follow, cancellationToken));

    public Task ForgetAsync(string function, CancellationToken cancellationToken)
    {
        _doors.TryRemove(function, out _);
        _ahead.TryRemove(function, out _);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _pageOut.Dispose();
        _groups.Dispose();
    }

    // What the function runs may have changed over the restart. Then the program ends once the requests that the gateway before this one has in it are answered.
    private AdoptedProcess? Adopt(GivenInstance given, ProcessRunOptions? run)
    {
        if (JsonSerializer.Deserialize(given.Facts, GivenProcessJson.Default.GivenProcess) is not { } facts
            || given.Descriptors.Count != GivenProcess.Descriptors || facts.ProcessNamespace != GivenProcess.OwnNamespace)
        {
            // Without its numbers nothing can be done with it. Its guard ends it with the gateway before this one, because the descriptors are closed here.
            foreach (var descriptor in given.Descriptors)
            {
                descriptor.Dispose();
            }

            return null;
        }

        var instance = new AdoptedProcess(given.Function, facts, given.Descriptors, _ports, _outputs.Of(given.Function), run?.StopTimeout ?? ProgramReader.DefaultStopTimeout, _pageOut, _time, _logger);
        if (run is null || facts.Fingerprint != GivenProcess.Hash(run.Fingerprint))
        {
            _ = EndLaterAsync(instance);
            return null;
        }

        _live.Add(instance, this);
        return instance;
    }

    // Programs of functions that are not configured any more.
    private async Task EndOthersAsync(HashSet<string> known)
    {
        foreach (var given in await _predecessor.TakeAsync(Name, name => !known.Contains(name)))
        {
            Adopt(given, run: null);
        }
    }

    private async Task EndLaterAsync(AdoptedProcess instance)
    {
        await _predecessor.Gone;
        await instance.DisposeAsync();
    }

    private static ProcessRunOptions Of(FunctionOptions function) => (ProcessRunOptions)function.Run;

    private string DirectoryOf(ProcessRunOptions run) =>
        Path.GetFullPath(run.WorkingDirectory ?? _contentRoot, _contentRoot);
}
