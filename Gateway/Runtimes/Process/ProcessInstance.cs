using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>Represents one run of a program, with all processes that it started.</summary>
internal sealed class ProcessInstance : IInstance
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(100);

    // The launcher is built and published beside the gateway's assembly (Launcher/launch.c).
    private static readonly string s_launcher = Path.Combine(AppContext.BaseDirectory, "headstart-launch");

    // The variables that a program gets of the gateway's environment. The others may hold the gateway's secrets.
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "DOTNET_ROOT"];

    private readonly string _function;
    private readonly ProcessRunOptions _run;
    private readonly ProcessGroups _groups;
    private readonly FreePorts? _ports;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string? _directory;
    private readonly OutputTail _tail = new();
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly System.Diagnostics.Process _process;
    private readonly Lock _gate = new();
    private int _pid;
    private Task? _stop;
    private volatile Tier _tier = Tier.Stopped;

    /// <param name="function">The name of its function.</param>
    /// <param name="ports">Where its port is returned, or null if the port is from the configuration.</param>
    public ProcessInstance(string id, string function, ProcessRunOptions run, IPEndPoint endpoint, string workingDirectory, ProcessGroups groups, FreePorts? ports, TimeProvider time, ILogger logger)
    {
        Id = id;
        Endpoint = endpoint;
        (_function, _run, _groups, _ports, _time, _logger) = (function, run, groups, ports, time, logger);
        _directory = groups.Make(id);
        _process = new System.Diagnostics.Process { StartInfo = Describe(workingDirectory), EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ = OnExitedAsync();
        _process.OutputDataReceived += (_, line) => OnOutput(line.Data, _outputEnd);
        _process.ErrorDataReceived += (_, line) => OnOutput(line.Data, _errorEnd);
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

        await Freezer.FreezeAsync(_pid, _directory, _time, cancellationToken);
        _tier = Tier.Paused;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stop ??= _pid == 0 ? _groups.KillAsync(0, _directory) : EndAsync();
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
            _ports?.Return(Endpoint.Port);
            _process.Dispose();
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
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
    }

    private async Task EndAsync()
    {
        if (!_exited.Task.IsCompleted)
        {
            // A frozen program would not get the signal.
            TryThaw();
            ProcessGroups.Terminate(_pid, _directory);
            await Task.WhenAny(_exited.Task, Task.Delay(_run.StopTimeout ?? ProgramReader.DefaultStopTimeout, _time));
        }

        // This is needed even if the program has ended by itself, because processes that it started may still run.
        await _groups.KillAsync(_pid, _directory);
        await _exited.Task;
    }

    private void TryThaw()
    {
        try
        {
            if (_tier == Tier.Paused)
            {
                Freezer.Thaw(_pid, _directory);
            }
        }
        catch (RuntimeException)
        {
            // The kill that follows ends frozen processes too.
        }
    }

    // The launcher starts the program within the group and waits for it outside, so that the group holds only the program and what it starts.
    private ProcessStartInfo Describe(string workingDirectory)
    {
        var start = new ProcessStartInfo(s_launcher, [_directory ?? "", .. _run.Command])
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(Inherited).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in _run.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["PORT"] = Endpoint.Port.ToString(CultureInfo.InvariantCulture);
        return start;
    }

    private void OnOutput(string? line, TaskCompletionSource end)
    {
        if (line is null)
        {
            end.TrySetResult();
            return;
        }

        var clean = ProgramOutput.Clean(line);
        _tail.Add(clean);
        ProcessLog.Output(_logger, Id, clean);
    }

    private async Task OnExitedAsync()
    {
        var code = _process.ExitCode;

        // The last words may still be in the pipe, but a child of the program may keep the pipe open for ever.
        await Task.WhenAny(Task.WhenAll(_outputEnd.Task, _errorEnd.Task), Task.Delay(LastWords, _time));
        var words = _tail.ToString();
        var how = code > 128 ? $"signal {code - 128}" : $"exit code {code}";
        _exited.TrySetResult(new InstanceExit(code, words.Length == 0 ? $"{how}, and it said nothing." : $"{how}; its last words: {words}"));
    }
}
