using System.Net;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Readiness;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Readiness;

/// <summary>When an instance is looked at, under a clock of the test's own.</summary>
public sealed class ReadinessMonitorTests
{
    private static readonly FunctionOptions Function = new() { Name = "hello", Run = new ProcessRunOptions() };

    private readonly ObservedTime _time = new();
    private ListenEvents _events = new(new Kernel(hears: false));

    /// <summary>No kernel's word: from 1 ms on, twice as long each time, at most 100 ms apart.</summary>
    [Fact]
    public async Task Wait_TheKernelDoesNotTell_IsProbedFromOneMillisecondOn()
    {
        Assert.Equal([0, 1, 3, 7, 15, 31, 63, 127, 227, 327], await ProbesAsync(listensAfter: 300));
    }

    /// <summary>A start whose event is lost takes twice its time at most, not half a second.</summary>
    [Theory]
    [InlineData(10, 32)]
    [InlineData(40, 96)]
    [InlineData(100, 224)]
    [InlineData(300, 480)]
    public async Task Wait_TheKernelsWordIsLost_TakesTwiceAsLongAtMost(int listensAfter, int ready)
    {
        RelyOnTheKernel();

        Assert.Equal(ready, (await ProbesAsync(listensAfter))[^1]);
    }

    [Fact]
    public async Task Wait_TheKernelTells_IsProbedOnceAndAtOnce()
    {
        RelyOnTheKernel();

        Assert.Equal([20], await ProbesAsync(listensAfter: 20, tells: true));
    }

    /// <summary>A program that listens and does not answer yet: from its listen() on as without the kernel.</summary>
    [Fact]
    public async Task Wait_ListensAndDoesNotAnswer_IsProbedFromOneMillisecondOn()
    {
        RelyOnTheKernel();

        Assert.Equal([20, 21, 23, 27, 35], await ProbesAsync(listensAfter: 20, tells: true, answersAfter: 30));
    }

    /// <summary>The connection by which a program was seen to listen is not for the first client if the program was not well then: it may be refused on it.</summary>
    [Fact]
    public async Task Wait_HealthIsWaitedFor_IsProbedOnceMore()
    {
        await using var instance = new Instance { Health = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        var probe = new Probe(_time, answersAfter: 0);
        using var watch = new ReadinessMonitor(_events, probe, _time).Watch(instance, Function);

        var ready = watch.WaitAsync(Task.CompletedTask, CancellationToken.None);
        await Eventually.True(() => probe.Times.Count == 1);
        Assert.False(ready.IsCompleted);
        instance.Health.SetResult();
        await ready;

        Assert.Equal(2, probe.Times.Count);
    }

    private void RelyOnTheKernel() => _events = new ListenEvents(new Kernel(hears: true));

    // At which millisecond each probe was, the last of them answered.
    private async Task<IReadOnlyList<long>> ProbesAsync(int listensAfter, bool tells = false, int? answersAfter = null)
    {
        await using var instance = new Instance();
        var probe = new Probe(_time, answersAfter ?? listensAfter);
        var began = _time.GetUtcNow();
        using var watch = new ReadinessMonitor(_events, probe, _time).Watch(instance, Function);
        var ready = watch.WaitAsync(Task.CompletedTask, CancellationToken.None);
        await Eventually.True(() => _time.Timers > 0 || ready.IsCompleted);
        for (var millisecond = 1; !ready.IsCompleted; millisecond++)
        {
            var timers = _time.Timers;
            var due = _time.Due;
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var told = tells && millisecond == listensAfter;
            if (told)
            {
                _events.Publish(new ListenEvent(1, instance.Endpoint!.Port, cgroup => cgroup == 7));
            }

            if (told || _time.GetUtcNow() >= due)
            {
                // It goes on, and waits for the next.
                await Eventually.True(() => _time.Timers > timers || ready.IsCompleted);
            }
        }

        await ready;
        return [.. probe.Times.Select(time => (long)(time - began).TotalMilliseconds)];
    }

    private sealed class Kernel(bool hears) : IListenSource
    {
        public ulong? CgroupId(string directory) => 7;

        public bool Hears(string directory) => hears;

        public IDisposable? Await(IReadOnlyList<string> directories) => new CancellationTokenSource();
    }

    /// <summary>A clock that counts the timers that wait for it.</summary>
    private sealed class ObservedTime : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public DateTimeOffset Due { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Due = GetUtcNow() + dueTime;
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }

    private sealed class Probe(TimeProvider time, int answersAfter) : IReadinessProbe
    {
        private readonly DateTimeOffset _began = time.GetUtcNow();

        public List<DateTimeOffset> Times { get; } = [];

        public Task<bool> AnswersAsync(IPEndPoint endpoint, FunctionOptions function, CancellationToken cancellationToken)
        {
            Times.Add(time.GetUtcNow());
            return Task.FromResult(time.GetUtcNow() - _began >= TimeSpan.FromMilliseconds(answersAfter));
        }
    }

    private sealed class Instance : IInstance
    {
        public string Id => "hello-1";

        // Of an address block for documentation (RFC 5737): no program of this machine has it.
        public IPEndPoint? Endpoint { get; } = new(IPAddress.Parse("192.0.2.1"), 8080);

        public IReadOnlyList<string> CgroupPaths => ["/sys/fs/cgroup/hello"];

        public Tier Tier => Tier.Running;

        public Task<InstanceExit> Exited { get; } = new TaskCompletionSource<InstanceExit>().Task;

        public TaskCompletionSource? Health { get; init; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task HealthyAsync(CancellationToken cancellationToken) => Health?.Task ?? Task.CompletedTask;

        public Task RestAsync(Tier tier, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
