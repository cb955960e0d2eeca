using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Gateway.Model;
using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Represents a program that an earlier gateway started and gave to this one. It is no child of this process, so its end is told by its pidfd, and its exit code is not known.
/// </summary>
internal sealed class AdoptedProcess : IInstance, IGivableProcess
{
    private readonly GivenProcess _facts;
    private readonly SafeHandle _process;
    private readonly SafeHandle _guard;
    private readonly ProgramLines _lines;
    private readonly FreePorts _ports;
    private readonly TimeProvider _time;
    private readonly TimeSpan _stopTimeout;
    private readonly ILogger _logger;
    private readonly Pager _pager;
    private readonly TaskCompletionSource<InstanceExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _stop;
    private bool _isGiven;
    private volatile Tier _tier;

    /// <param name="function">The name of its function.</param>
    /// <param name="facts">What the earlier gateway told of it.</param>
    /// <param name="descriptors">The descriptors that came with it.</param>
    /// <param name="ports">Where its port is noted as taken.</param>
    /// <param name="output">Where the last lines of the function's programs are kept.</param>
    /// <param name="stopTimeout">The longest time between SIGTERM and SIGKILL.</param>
    /// <param name="pageOut">Pushes its memory out to swap.</param>
    public AdoptedProcess(string function, GivenProcess facts, IReadOnlyList<SafeHandle> descriptors, FreePorts ports, OutputRing output, TimeSpan stopTimeout, PageOut pageOut, TimeProvider time, ILogger logger)
    {
        _pager = pageOut.PagerOf(function);
        (Function, _facts, _ports, _stopTimeout, _time, _logger) = (function, facts, ports, stopTimeout, time, logger);
        (_process, _guard) = (descriptors[0], descriptors[3]);
        Endpoint = new IPEndPoint(IPAddress.Loopback, facts.Port);
        _tier = facts.IsPaused ? Tier.Paused : Tier.Running;
        if (facts.IsPortChosen)
        {
            ports.Note(facts.Port);
        }

        _lines = new ProgramLines(facts.Id, output, logger);
        _lines.Add(descriptors[1], OutputLine.Output);
        _lines.Add(descriptors[2], OutputLine.Error);
        ProcessEnds.Watch(_process, () => _ = OnEndedAsync());
    }

    public string Function { get; }

    public string Id => _facts.Id;

    public IPEndPoint Endpoint { get; }

    public IReadOnlyList<string> CgroupPaths => _facts.Directory is { } directory ? [directory] : [];

    public string Build => _facts.Build;

    public int? ProcessGroup => _facts.ProcessId;

    public Tier Tier => _tier;

    public Task<InstanceExit> Exited => _exited.Task;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _pager.Reset();
        Freezer.Thaw(_facts.ProcessId, _facts.Directory);
        _tier = Tier.Running;
        return Task.CompletedTask;
    }

    public async Task RestAsync(Tier tier, CancellationToken cancellationToken)
    {
        if (tier is not (Tier.Paused or Tier.PagedOut or Tier.Initialized))
        {
            throw new ArgumentOutOfRangeException(nameof(tier), tier, "Not a tier to rest in here.");
        }

        if (_exited.Task.IsCompleted || _isGiven)
        {
            throw new RuntimeException(_isGiven ? $"instance {Id} belongs to the next gateway" : $"instance {Id} has ended");
        }

        if (tier == Tier.Initialized)
        {
            // The launcher that could wait is a child of the gateway that started it. So this instance ends, and the function makes one of this gateway's.
            ProcessLog.DoesNotWait(_logger, Id, "an earlier gateway started it; another one waits in its place");
            await StopAsync(cancellationToken);
            return;
        }

        if (!_tier.IsFrozen())
        {
            await Freezer.FreezeAsync(_facts.ProcessId, _facts.Directory, _time, cancellationToken);
            _tier = Tier.Paused;
        }

        if (tier == Tier.PagedOut && await _pager.TryPushAsync(CgroupPaths))
        {
            _tier = Tier.PagedOut;
        }
    }

    public void Hurry() => InterruptRest();

    public void InterruptRest() => _pager.Interrupt();

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _pager.Interrupt();
        lock (_gate)
        {
            _stop ??= _isGiven ? Task.CompletedTask : EndAsync();
        }

        return _stop.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        if (!_isGiven)
        {
            _ports.Return(Endpoint.Port);
            await _lines.DisposeAsync();
            _guard.Dispose();
            _process.Dispose();
        }
    }

    public Task ReadyToGive => Task.CompletedTask;

    public GivenInstance? Give()
    {
        // The next gateway may wake it at once.
        _pager.Interrupt();
        lock (_gate)
        {
            if (_stop is not null || _exited.Task.IsCompleted)
            {
                return null;
            }

            _isGiven = true;
        }

        var facts = _facts with { IsPaused = _tier.IsFrozen() };
        return GivenProcess.Pack(Function, facts, _process, _lines, _guard);
    }

    private async Task EndAsync()
    {
        if (!_exited.Task.IsCompleted)
        {
            await ProcessGroups.AskToEndAsync(_facts.ProcessId, _facts.Directory, _tier.IsFrozen(), _exited.Task, _stopTimeout, _time);
        }

        // This is needed even if the program has ended by itself, because processes that it started may still run.
        if (_facts.Directory is { } directory)
        {
            await ProcessGroups.KillAsync(directory, _time);
        }
        else
        {
            _ = NativeMethods.kill(-_facts.ProcessId, NativeMethods.SIGKILL);
            Forget();
        }

        await _exited.Task;
    }

    // The number of the group may be another one's from here on.
    private void Forget()
    {
        using var guard = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(_guard.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, bufferSize: 0);
        guard.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"-{_facts.ProcessId}\n")));
    }

    private async Task OnEndedAsync()
    {
        await _lines.LastWordsAsync(_time);
        _exited.TrySetResult(new InstanceExit(ExitCode: null, _lines.Explain("it ended with a code that only the gateway that started it could read")));
    }
}
