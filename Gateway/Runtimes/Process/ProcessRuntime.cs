using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Runs functions as local programs that are given PORT. Each instance has its own cgroup, so that it ends as a whole and the
/// kernel's listen() event names it. Where that is not possible, it has a process group.
/// </summary>
internal sealed class ProcessRuntime : IRuntime, IDisposable
{
    private readonly ProcessGroups _groups;
    private readonly FunctionUsers _users;
    private readonly FreePorts _ports = new();
    private readonly string _contentRoot;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _run;
    private string _groupsKept;
    private int _count;

    /// <param name="cgroupRoot">The mount point of cgroup v2, or null if there is none that may be written to.</param>
    /// <param name="contentRoot">The directory that relative paths start from.</param>
    public ProcessRuntime(string? cgroupRoot, string contentRoot, TimeProvider time, ILogger logger)
    {
        var rights = GatewayRights.Read();
        _groups = new ProcessGroups(cgroupRoot, time, logger);
        _users = new FunctionUsers(rights, File.ReadLines("/proc/self/uid_map"));
        _groupsKept = rights.DropsGroups ? "" : string.Join(", ", rights.Groups);
        _contentRoot = contentRoot;
        _time = time;
        _logger = logger;
        _run = time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture);
    }

    public string Name => ProcessModule.RuntimeName;

    public IReadOnlyList<Tier> Tiers => ProcessModule.ItsTiers;

    public Task PrepareAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var run = Of(function);
        var program = run.Command[0];
        var directory = DirectoryOf(run);
        if (!Directory.Exists(directory))
        {
            throw new RuntimeException($"Gateway:Functions:{function.Name}:WorkingDirectory: '{directory}' is not there; make it or correct the path.");
        }

        if (Locate(program, directory, run) is null)
        {
            throw new RuntimeException(program.Contains('/')
                ? $"Gateway:Functions:{function.Name}:Command:0: there is no program '{program}' in {directory} that may be executed; build it, chmod +x it, or correct the path."
                : $"Gateway:Functions:{function.Name}:Command:0: no program '{program}' on the PATH; install it or give its path.");
        }

        _ = _users.Of(function.Name, run);
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

    public Task<IReadOnlyList<IInstance>> AdoptAsync(FunctionOptions function, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IInstance>>([]);

    public ValueTask<IInstance> CreateAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        var name = function.Name.Length > 40 ? function.Name[..40] : function.Name;
        var id = $"{name}-{_run}-{Interlocked.Increment(ref _count)}";
        var run = Of(function);
        var user = _users.Of(function.Name, run);
        var endpoint = new IPEndPoint(IPAddress.Loopback, run.Port ?? _ports.Take());
        var ports = run.Port is null ? _ports : null;
        var directory = DirectoryOf(run);
        try
        {
            return new(new ProcessInstance(id, function.Name, run, user, endpoint, directory, _groups, ports, _time, _logger) { Build = BuildOf(run, directory) });
        }
        catch
        {
            ports?.Return(endpoint.Port);
            throw;
        }
    }

    public Task ForgetAsync(string function, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _groups.Dispose();

    private static ProcessRunOptions Of(FunctionOptions function) => (ProcessRunOptions)function.Run;

    private string DirectoryOf(ProcessRunOptions run) =>
        Path.GetFullPath(run.WorkingDirectory ?? _contentRoot, _contentRoot);

    private static string? Locate(string program, string directory, ProcessRunOptions run)
    {
        if (program.Contains('/'))
        {
            var full = Path.GetFullPath(program, directory);
            return IsExecutable(full) ? full : null;
        }

        var path = run.Environment.TryGetValue("PATH", out var own) ? own : Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(entry => Path.Combine(entry, program)).FirstOrDefault(IsExecutable);
    }

    // A rebuilt program is another file, or the same one with another time. A script that an interpreter runs is not noticed.
    private static string BuildOf(ProcessRunOptions run, string directory)
    {
        try
        {
            if (Locate(run.Command[0], directory, run) is { } program)
            {
                var file = new FileInfo(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program);
                return string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The start reports what is wrong with it.
        }

        return "";
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
