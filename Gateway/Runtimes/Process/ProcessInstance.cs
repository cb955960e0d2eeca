using System.ComponentModel;
using System.Net;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>Represents one run of a program, with all processes that it started.</summary>
internal sealed class ProcessInstance : IInstance, IGivableProcess
{
    private readonly string _function;
    private readonly ProcessRunOptions _run;
    private readonly ProcessGroups _groups;
    private readonly FreePorts? _ports;
    private readonly TimeProvider _time;
    private readonly string? _directory;
    private readonly ProgramLines _lines;
    private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly System.Diagnostics.Process _process;
    private readonly Lock _gate = new();
    private int _pid;
    private Task? _stop;
    private volatile bool _isGiven;
    private volatile Tier _tier = Tier.Stopped;

    /// <param name="function">The name of its function.</param>
    /// <param name="user">The user that it runs as, or null for the gateway's own.</param>
    /// <param name="ports">Where its port is returned, or null if the port is from the configuration.</param>
    public ProcessInstance(string id, string function, ProcessRunOptions run, FunctionUser? user, IPEndPoint endpoint, string workingDirectory, ProcessGroups groups, FreePorts? ports, TimeProvider time, ILogger logger)
    {
        Id = id;
        Endpoint = endpoint;
        (_function, _run, _groups, _ports, _time) = (function, run, groups, ports, time);
        _lines = new ProgramLines(id, logger);
        _directory = groups.Make(id);
        _process = new System.Diagnostics.Process { StartInfo = ProcessStart.Describe(run, user, workingDirectory, _directory, Limit(), endpoint.Port), EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ = OnExitedAsync();
    }

    public string Id { get; }

    public IPEndPoint Endpoint { get; }

    public IReadOnlyList<string> CgroupPaths => _directory is null ? [] : [_directory];

    public string Build { get; init; } = "";

    public int? ProcessGroup => _pid == 0 ? null : _pid;

    public Tier Tier => _tier;

    public Task<InstanceExit> Exited => _exited.Task;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_tier == Tier.Paused)
        {
            Freezer.Thaw(_pid, _directory);
            _tier = Tier.Running;
            return Task.CompletedTask;
        }

        Execute();
        _tier = Tier.Running;
        return Task.CompletedTask;
    }

    public async Task RestAsync(Tier tier, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tier, Tier.Paused);
        if (_exited.Task.IsCompleted)
        {
            throw new RuntimeException($"instance {Id} has ended");
        }

        if (_isGiven)
        {
            throw new RuntimeException($"instance {Id} belongs to the next gateway");
        }

        await Freezer.FreezeAsync(_pid, _directory, _time, cancellationToken);
        _tier = Tier.Paused;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stop ??= _isGiven ? Task.CompletedTask : _pid == 0 ? _groups.KillAsync(0, _directory) : EndAsync();
        }

        return _stop.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync(CancellationToken.None);
        }
        finally
        {
            _answers.TrySetResult();
            if (!_isGiven)
            {
                _ports?.Return(Endpoint.Port);
                await _lines.DisposeAsync();
                _process.Dispose();
            }
        }
    }

    public Task ReadyAsync(CancellationToken cancellationToken)
    {
        _answers.TrySetResult();
        return Task.CompletedTask;
    }

    public Task ReadyToGive => _answers.Task;

    public GivenInstance? Give()
    {
        lock (_gate)
        {
            if (_pid == 0 || _stop is not null || _exited.Task.IsCompleted || ProcessEnds.Open(_pid) is not { } process)
            {
                return null;
            }

            _isGiven = true;
            var facts = new GivenProcess
            {
                Id = Id,
                Port = Endpoint.Port,
                IsPortChosen = _ports is not null,
                ProcessId = _pid,
                Directory = _directory,
                Build = Build,
                IsPaused = _tier == Tier.Paused,
                Fingerprint = GivenProcess.Hash(_run.Fingerprint),
                ProcessNamespace = GivenProcess.OwnNamespace,
            };
            return GivenProcess.Pack(_function, facts, process, _lines, _groups.Leave());
        }
    }

    private void Execute()
    {
        try
        {
            _process.Start();
        }
        catch (Win32Exception error)
        {
            throw new RuntimeException($"Gateway:Functions:{_function}:Command: the system could not start a process: {error.Message}.", error);
        }

        _pid = _process.Id;
        _groups.Started(_pid, _directory);
        _lines.Add(_process.StandardOutput);
        _lines.Add(_process.StandardError);
        _process.StandardInput.Close();
    }

    private IReadOnlyList<string> Limit()
    {
        try
        {
            return _groups.Limits.Apply(_directory, _run);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _ = _groups.KillAsync(0, _directory);
            throw new RuntimeException($"Gateway:Functions:{_function}: its limits could not be set: {error.Message}; correct Memory or Pids, or remove them.", error);
        }
    }

    private async Task EndAsync()
    {
        if (!_exited.Task.IsCompleted)
        {
            await ProcessGroups.AskToEndAsync(_pid, _directory, _tier == Tier.Paused, _exited.Task, _run.StopTimeout ?? ProgramReader.DefaultStopTimeout, _time);
        }

        // This is needed even if the program has ended by itself, because processes that it started may still run.
        await _groups.KillAsync(_pid, _directory);
        await _exited.Task;
    }

    private async Task OnExitedAsync()
    {
        var code = _process.ExitCode;
        var limit = LimitReached();

        await _lines.LastWordsAsync(_time);
        var how = (code > 128 ? $"signal {code - 128}" : $"exit code {code}") + limit;
        var exit = new InstanceExit(code, _lines.Explain(how));
        _answers.TrySetResult();
        _exited.TrySetResult(limit is null ? exit : exit with { ByOthers = false });
    }

    private string? LimitReached() =>
        _run.Memory is { } bytes && _groups.Limits.WasOutOfMemory(_directory) ? $" (killed for using more memory than its Memory of {MemorySize.Format(bytes)})"
        : _run.Pids is { } most && _groups.Limits.WasOutOfPids(_directory) ? $" (it wanted more processes than its Pids of {most})"
        : null;
}
