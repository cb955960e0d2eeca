using System.ComponentModel;
using System.Net;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Process;

/// <summary>Represents an instance: a program with all processes that it started, or the launcher that waits to execute it.</summary>
internal sealed partial class ProcessInstance : IInstance, IGivableProcess
{
    private readonly string _function;
    private readonly ProcessRunOptions _run;
    private readonly ProcessSite _site;
    private readonly FreePorts? _ports;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly Pager _pager;
    private TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _directory;
    private IReadOnlyList<string> _joined;
    private ProgramLines _lines;
    private ProgramRun? _program;
    private bool _holdsPort;
    private Task? _stop;
    private volatile bool _isGiven;
    private volatile Tier _tier = Tier.Stopped;

    /// <param name="id">Its name, which is also its cgroup's.</param>
    /// <param name="function">The name of its function.</param>
    /// <param name="run">What it runs.</param>
    /// <param name="site">Where it runs.</param>
    /// <param name="ports">Where its port is from, or null if it is from the configuration.</param>
    /// <exception cref="RuntimeException">Its limits could not be set.</exception>
    public ProcessInstance(string id, string function, ProcessRunOptions run, ProcessSite site, FreePorts? ports, TimeProvider time, ILogger logger)
    {
        Id = id;
        (_function, _run, _site, _ports, _time, _logger) = (function, run, site, ports, time, logger);
        _lines = new ProgramLines(id, site.Output, logger);
        _pager = site.PageOut.PagerOf(function);
        _directory = site.Groups.Make(id);
        _joined = Limit();
        Build = site.Build();
        Endpoint = TakePort();
    }

    public string Id { get; }

    /// <summary>Gets its address. One that waits has none, unless its port is from the configuration: it is chosen when the program is executed.</summary>
    public IPEndPoint? Endpoint { get; private set; }

    public IReadOnlyList<string> CgroupPaths => _directory is null ? [] : [_directory];

    public string Build { get; private set; }

    public int? ProcessGroup => Pid == 0 ? null : Pid;

    public Tier Tier => _tier;

    public Task<InstanceExit> Exited => _exited.Task;

    private int Pid => Volatile.Read(ref _program)?.Id ?? 0;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _pager.Reset();
        switch (_tier)
        {
            case Tier.PagedOut or Tier.Paused:
                Freezer.Thaw(Pid, _directory);
                break;
            case Tier.Initialized:
                LetThrough();
                break;
            default:
                Execute(waits: false);
                break;
        }

        _tier = Tier.Running;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _pager.Interrupt();
        lock (_gate)
        {
            _stop ??= _isGiven ? Task.CompletedTask : EndAfterAsync(_rest ?? Task.CompletedTask);
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
                ReturnPort();
                await _lines.DisposeAsync();
                _program?.Dispose();
            }
        }
    }

    public Task ReadyAsync(CancellationToken cancellationToken)
    {
        _answers.TrySetResult();
        return Task.CompletedTask;
    }

    private void Execute(bool waits)
    {
        var program = new ProgramRun(
            ProcessStart.Describe(_run, _site.User, _site.WorkingDirectory, _directory, _joined, waits ? null : Endpoint!.Port), ended => _ = OnEndedAsync(ended));
        // It may end before the start has returned.
        Volatile.Write(ref _program, program);
        try
        {
            program.Begin(waits, _lines);
        }
        catch (Win32Exception error)
        {
            throw new RuntimeException($"Gateway:Functions:{_function}:Command: the system could not start a process: {error.Message}.", error);
        }

        _site.Groups.Started(program.Id, _directory);
    }

    private IReadOnlyList<string> Limit()
    {
        try
        {
            return _site.Groups.Limits.Apply(_directory, _run);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _ = _site.Groups.KillAsync(0, _directory);
            throw new RuntimeException($"Gateway:Functions:{_function}: its limits could not be set: {error.Message}; correct Memory or Pids, or remove them.", error);
        }
    }

    private IPEndPoint TakePort()
    {
        var port = _run.Port ?? _ports!.Take();
        _holdsPort = _ports is not null;
        return new IPEndPoint(IPAddress.Loopback, port);
    }

    private void ReturnPort()
    {
        if (_holdsPort)
        {
            _holdsPort = false;
            _ports!.Return(Endpoint!.Port);
            // It may be another program's from here on.
            Endpoint = null;
        }
    }

    private async Task EndAfterAsync(Task rest)
    {
        await rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndAsync();
    }

    private async Task EndAsync()
    {
        if (Pid == 0)
        {
            await _site.Groups.KillAsync(0, _directory);
            return;
        }

        await EndProgramAsync(_exited.Task);
        await _exited.Task;
    }

    private async Task EndProgramAsync(Task ended)
    {
        if (_tier == Tier.Initialized)
        {
            // There is no program yet that could have something to finish.
            _program?.GiveUp();
        }
        else if (!ended.IsCompleted)
        {
            await ProcessGroups.AskToEndAsync(Pid, _directory, _tier.IsFrozen(), ended, _run.StopTimeout ?? ProgramReader.DefaultStopTimeout, _time);
        }

        // This is needed even if the program has ended by itself, because processes that it started may still run.
        await _site.Groups.KillAsync(Pid, _directory);
    }

    private async Task OnEndedAsync(ProgramRun program)
    {
        if (IsEmptied(program))
        {
            return;
        }

        var code = program.ExitCode;
        var limit = LimitReached();

        await _lines.LastWordsAsync(_time);
        var how = (code > 128 ? $"signal {code - 128}" : $"exit code {code}") + limit;
        var exit = new InstanceExit(code, _lines.Explain(how));
        LeaveDoor();
        Volatile.Read(ref _answers).TrySetResult();
        _exited.TrySetResult(limit is null ? exit : exit with { ByOthers = false });
    }

    private string? LimitReached() =>
        _run.Memory is { } bytes && _site.Groups.Limits.WasOutOfMemory(_directory) ? $" (killed for using more memory than its Memory of {MemorySize.Format(bytes)})"
        : _run.Pids is { } most && _site.Groups.Limits.WasOutOfPids(_directory) ? $" (it wanted more processes than its Pids of {most})"
        : null;
}
