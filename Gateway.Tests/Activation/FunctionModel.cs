using Gateway.Activation;
using Gateway.Activation.Core;
using Gateway.Activation.Trust;
using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Gateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>What can happen to the function of a <see cref="FunctionModel"/>.</summary>
internal enum ModelKind
{
    Signal,
    Request,
    Finish,
    Tick,
    Idle,
    Sleep,
    Wake,
    Fault,
    Hang,
    Release,
    Die,
    Doubt,
    Reload,
    ScaleOut,
    Connect,
    Disconnect,
}

/// <summary>One operation on a <see cref="FunctionModel"/>.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Argument">A number that chooses between variants of it.</param>
internal sealed record ModelOperation(ModelKind Kind, int Argument)
{
    /// <summary>The kinds of operation, and how often each is to be drawn relative to the others.</summary>
    public static readonly (int Weight, ModelKind Kind)[] Weights =
    [
        (6, ModelKind.Signal), (10, ModelKind.Request), (8, ModelKind.Finish), (6, ModelKind.Tick), (4, ModelKind.Idle), (4, ModelKind.Sleep),
        (2, ModelKind.Wake), (3, ModelKind.Fault), (3, ModelKind.Hang), (4, ModelKind.Release), (3, ModelKind.Die), (3, ModelKind.Doubt), (2, ModelKind.Reload),
        (3, ModelKind.ScaleOut), (1, ModelKind.Connect), (1, ModelKind.Disconnect),
    ];
}

/// <summary>
/// One function on a runtime that fails, hangs and kills as told. An operation does not wait for the work that the one before set off, so that it
/// meets work that is half done.
/// </summary>
internal sealed class FunctionModel : IDisposable
{
    // A drain would cut longer requests short, which another test is about.
    private static readonly TimeSpan LongestUse = TimeSpan.FromSeconds(20);

    // The test's clock runs ahead of the machine, so no time limit may end a start. Only Hang makes one take long.
    private static readonly FunctionOptions Options = FunctionBench.Options() with
    {
        Scale = new ScaleOptions { Max = 3, Concurrency = 1 },
        Ready = new ReadyOptions { Timeout = TimeSpan.FromDays(20) },
    };

    // Every request has to be served if none of these operations happened.
    public static readonly ModelKind[] Faults = [ModelKind.Fault, ModelKind.Die];

    private static readonly Tier[] Tiers = [Tier.Stopped, Tier.Initialized, Tier.Paused];

    private readonly FunctionBench _bench;
    private readonly IdleWatch _idle;
    private readonly Function _function;
    private readonly List<Task<string?>> _requests = [];
    private readonly List<TaskCompletionSource> _uses = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource? _hang;
    private TimeSpan _longest;
    private int _faults;
    private int _connections;
    private int _reloads;

    private FunctionModel()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        _idle = new IdleWatch(time);
        var trust = new TrustJudge(new TrustOptions(), time, new TrustMetrics(Prometheus.Metrics.NewCustomRegistry()), NullLogger.Instance);
        _bench = new FunctionBench(time, policy: new ScriptedPolicy { Answer = Decide }, trust: trust, observers: _idle);
        _bench.Runtime.Creating = (_, cancellation) => MeetAsync(cancellation);
        _bench.Runtime.Starting = (_, cancellation) => MeetAsync(cancellation);
        _bench.Runtime.Resting = (_, _) => MeetAsync(CancellationToken.None);
        _bench.Runtime.Stopping = _ => MeetAsync(CancellationToken.None);
        _function = _bench.Make(Options);
    }

    /// <summary>Performs operations one after another, and checks the rules after each one and at the end.</summary>
    public static async Task RunAsync(IReadOnlyList<ModelOperation> operations)
    {
        using var model = new FunctionModel();
        foreach (var operation in operations)
        {
            model.Do(operation);
            Assert.Empty(model._bench.Runtime.Violations);
            if (operation.Argument % 3 == 0)
            {
                await Task.Yield();
            }
        }

        await model.EndAsync(operations.Any(operation => Faults.Contains(operation.Kind)));
    }

    public void Dispose() => _idle.Dispose();

    private void Do(ModelOperation operation)
    {
        var argument = operation.Argument;
        switch (operation.Kind)
        {
            case ModelKind.Signal:
                _function.Wake(_bench.Signal((SignalKind)(argument % 4)));
                break;
            case ModelKind.Request:
                _requests.Add(Task.Run(() => _bench.ServeAsync(_function, _ => UseAsync(atOnce: argument % 2 == 0))));
                break;
            case ModelKind.Finish:
                Finish(argument % 2 == 0 ? 1 : int.MaxValue);
                break;
            case ModelKind.Tick:
                Advance(TimeSpan.FromMilliseconds(argument * 5));
                break;
            case ModelKind.Idle:
                Advance(Options.Idle.After);
                break;
            case ModelKind.Sleep:
                _ = _function.SleepAsync(argument % 4 == 3 ? null : Tiers[argument % 4]);
                break;
            case ModelKind.Wake:
                _requests.Add(Task.Run(async () => (await _function.WakeAsync(default)).Failure));
                break;
            case ModelKind.Fault:
                Interlocked.Increment(ref _faults);
                break;
            case ModelKind.Hang:
                lock (_gate)
                {
                    _hang ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                break;
            case ModelKind.Release:
                Release();
                break;
            case ModelKind.Die:
                Die(argument);
                break;
            case ModelKind.Doubt when _function.Running is [_, ..] running:
                _function.Doubt(running[argument % running.Count], "connection refused");
                break;
            case ModelKind.Reload:
                Reload(argument);
                break;
            case ModelKind.ScaleOut:
                _function.Scale();
                break;
            case ModelKind.Connect:
                _connections++;
                _function.Connected();
                break;
            case ModelKind.Disconnect when _connections > 0:
                _connections--;
                _function.Disconnected();
                break;
        }
    }

    // From here on nothing hangs and nothing fails. Every request must be answered, the next one must be served, and nothing may be left after the
    // function's end.
    private async Task EndAsync(bool mayFail)
    {
        Interlocked.Exchange(ref _faults, 0);
        Release();
        var answered = Task.WhenAll(_requests);
        while (!answered.IsCompleted)
        {
            Release();
            Finish(int.MaxValue);
            await Task.WhenAny(answered, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System));
            Advance(TimeSpan.FromMilliseconds(100));
        }

        var failures = (await FunctionBench.Within(answered)).Where(failure => failure is not null).ToArray();
        Assert.True(failures.Length == 0 || mayFail, $"{failures.Length} requests failed with nothing to fail them: {failures.FirstOrDefault()}");
        await ServedAgainAsync();
        Finish(int.MaxValue);
        var retired = _function.RetireAsync(stop: true, TimeSpan.FromSeconds(1));
        try
        {
            await FunctionBench.Within(retired);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"It does not end: {string.Join(", ", _function.Snapshot().Instances)}");
        }

        Assert.Empty(_bench.Runtime.Violations);
        Assert.All(_bench.Runtime.Instances, instance => Assert.True(instance.IsOver || !instance.WasStarted && instance.Tier == Tier.Stopped, $"{instance.Id} was left over"));
        Assert.All(_bench.Runtime.Live.Values, live => Assert.Equal(0, live));
        Assert.Equal(0, _function.Snapshot().InFlight);
        Assert.Empty(_function.Snapshot().Instances);
    }

    private async Task ServedAgainAsync()
    {
        // The back-off of an earlier failure may not be over, or the failure may not have been noticed yet.
        string? failure = "";
        for (var attempt = 0; failure is not null; attempt++)
        {
            Assert.True(attempt < 100, $"It is never served again: {failure}");
            Advance(BackOff.Longest);
            var again = _bench.ServeAsync(_function, _ => Task.CompletedTask);
            while (!again.IsCompleted)
            {
                await Task.WhenAny(again, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System));
                Advance(TimeSpan.FromMilliseconds(100));
            }

            failure = await again;
        }
    }

    /// <summary>Hangs or fails as the operations before said.</summary>
    private async Task MeetAsync(CancellationToken cancellation)
    {
        TaskCompletionSource? hang;
        lock (_gate)
        {
            hang = _hang;
        }

        if (hang is not null)
        {
            await hang.Task.WaitAsync(cancellation);
        }

        if (Interlocked.Decrement(ref _faults) >= 0)
        {
            throw new RuntimeException("the engine would not");
        }

        Interlocked.Increment(ref _faults);
    }

    private Task UseAsync(bool atOnce)
    {
        if (atOnce)
        {
            return Task.CompletedTask;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _uses.Add(done);
        }

        return done.Task;
    }

    private void Finish(int count)
    {
        lock (_gate)
        {
            foreach (var done in _uses.Take(count))
            {
                done.TrySetResult();
            }

            _uses.RemoveRange(0, Math.Min(count, _uses.Count));
        }
    }

    private void Advance(TimeSpan time)
    {
        _longest += time;
        if (_longest > LongestUse)
        {
            // A lease is counted a moment before its request is added to the list, so one pass may not finish all.
            while (_function.Snapshot().Instances.Any(instance => instance.InFlight > 0))
            {
                Finish(int.MaxValue);
                Thread.Yield();
            }

            _longest = time;
        }

        _bench.Clock.Advance(time);
    }

    private void Release()
    {
        lock (_gate)
        {
            _hang?.TrySetResult();
            _hang = null;
        }
    }

    private void Die(int argument)
    {
        var live = _bench.Runtime.Instances.Where(instance => instance.Tier != Tier.Stopped && !instance.IsOver).ToArray();
        if (live.Length > 0)
        {
            live[argument % live.Length].Die("killed");
        }
    }

    private void Reload(int argument) => _function.Update(Options with
    {
        Run = argument % 2 == 0 ? Options.Run : new ProcessRunOptions { Command = [$"{++_reloads}"] },
        Idle = new IdleOptions { Tier = (argument % 5) switch { 0 => Tier.Stopped, 1 => Tier.Initialized, 2 => Tier.Paused, 3 => Tier.Running, _ => null } },
        Scale = Options.Scale with { Min = argument % 7 == 0 ? 1 : 0 },
    });

    private static RestDecision Decide(RestQuestion question) => question.Idle < TimeSpan.FromSeconds(2)
        ? new RestDecision(question.Current, "soon", LookAgain: TimeSpan.FromSeconds(1))
        : new RestDecision(question.Current == Tier.Running ? Tier.Paused : Tier.Stopped, "step by step", LookAgain: TimeSpan.FromSeconds(3), WakeIn: TimeSpan.FromMinutes(2));
}
