using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Instances that are busy, by a veto's word or by their own.</summary>
public sealed class FunctionVetoTests
{
    private static readonly TimeSpan s_after = new IdleOptions().After;
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    private readonly Asked _asked = new();
    private readonly FunctionBench _bench;
    private readonly Function _function;

    public FunctionVetoTests()
    {
        _bench = new FunctionBench(vetoes: _asked, observers: _asked);
        _function = _bench.Make(FunctionBench.Options() with { Idle = new IdleOptions { Tier = Tier.Stopped, Vetoes = new([new VetoOptions { Cpu = 1 }]) } });
    }

    [Fact]
    public async Task RestIfIdle_NotDue_AsksNobody()
    {
        await _bench.RunningAsync(_function);
        _bench.Clock.Advance(s_after - TimeSpan.FromSeconds(1));
        _function.RestIfIdle();

        Assert.Equal(0, _asked.Times);
    }

    [Fact]
    public async Task RestIfIdle_Busy_StaysAndIsAskedAgainAfterItsTime()
    {
        await _bench.RunningAsync(_function);
        _bench.Clock.Advance(s_after);
        Assert.Null(_function.RestIfIdle());
        Assert.Single(_function.Running);
        await _asked.AnswerAsync(new VetoAnswer("Cpu 1 is reached", s_every));

        Assert.Equal(s_every, _function.RestIfIdle());
        Assert.Equal("It is busy: Cpu 1 is reached.", _function.Snapshot().Rest?.Reason);
        _bench.Clock.Advance(s_every);
        Assert.Null(_function.RestIfIdle());
        // Until it has answered, it is what it was.
        Assert.Equal("It is busy: Cpu 1 is reached.", _function.Snapshot().Rest?.Reason);
        await _asked.AnswerAsync(null);

        _function.RestIfIdle();
        Assert.Empty(_function.Running);
    }

    [Fact]
    public async Task RestIfIdle_UsedWhileItIsAsked_CountsFromThatUse()
    {
        var instance = await _bench.RunningAsync(_function);
        _bench.Clock.Advance(s_after);
        _function.RestIfIdle();
        Assert.True(instance.TryLease());
        instance.Release(_bench.Time.GetTimestamp());
        await _asked.AnswerAsync(null);

        Assert.Equal(s_after, _function.RestIfIdle());
        Assert.Single(_function.Running);
        _bench.Clock.Advance(s_after);
        _function.RestIfIdle();
        Assert.Single(_function.Running);
        await _asked.AnswerAsync(null);
        _function.RestIfIdle();
        Assert.Empty(_function.Running);
        Assert.Equal(2, _asked.Times);
    }

    [Fact]
    public async Task SleepAsync_Busy_IsNotAsked()
    {
        await _bench.RunningAsync(_function);
        await FunctionBench.Within(_function.SleepAsync());

        Assert.Empty(_function.Running);
        Assert.Equal(0, _asked.Times);
    }

    [Fact]
    public async Task KeepAwake_SomeTime_StaysSoLongAndNoLonger()
    {
        var function = _bench.Make(FunctionBench.Options("other"));
        var instance = await _bench.RunningAsync(function);
        function.KeepAwake(instance, 2 * s_after);
        function.KeepAwake(instance, s_after); // the longest counts
        _bench.Clock.Advance(s_after);

        Assert.Equal(s_after, function.RestIfIdle());
        Assert.Equal("Its answer has asked for it (Headstart-Keep-Awake), for another 300 s.", function.Snapshot().Rest?.Reason);
        _bench.Clock.Advance(s_after);
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    [Fact]
    public async Task KeepAwake_Zero_TakesItBackAndHasItDecidedAgain()
    {
        var function = _bench.Make(FunctionBench.Options("other"));
        var instance = await _bench.RunningAsync(function);
        function.KeepAwake(instance, 100 * s_after);
        _bench.Clock.Advance(s_after);
        function.RestIfIdle();
        var due = _asked.Due;

        function.KeepAwake(instance, TimeSpan.Zero);

        Assert.Equal(due + 1, _asked.Due);
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    // What is told while a request is inside is looked at again after the idle time, not when the promise is over.
    [Fact]
    public async Task KeepAwake_ZeroWithinARequest_RestsAfterItsEnd()
    {
        var function = _bench.Make(FunctionBench.Options("other"));
        var instance = await _bench.RunningAsync(function);
        function.KeepAwake(instance, 100 * s_after);
        _bench.Clock.Advance(s_after);
        function.RestIfIdle();
        Assert.True(instance.TryLease());
        function.KeepAwake(instance, TimeSpan.Zero);

        Assert.Equal(s_after, function.RestIfIdle());
    }

    /// <summary>Vetoes whose answer the test gives, and an observer that counts how often a rest is to be decided again.</summary>
    private sealed class Asked : IVetoes, IFunctionObserver
    {
        private TaskCompletionSource<VetoAnswer?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _times, _answered, _due;

        public int Times => Volatile.Read(ref _times);

        public int Due => Volatile.Read(ref _due);

        public Task<VetoAnswer?> AskAsync(Function function, FunctionInstance instance)
        {
            Interlocked.Increment(ref _times);
            return _answer.Task;
        }

        public void OnRestDue(Function function) => Interlocked.Increment(ref _due);

        public async Task AnswerAsync(VetoAnswer? answer)
        {
            var (asked, next) = (_answer, new TaskCompletionSource<VetoAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously));
            await Eventually.True(() => Times > _answered, "the question");
            _answered++;
            _answer = next;
            var due = Due;
            asked.SetResult(answer);
            await Eventually.True(() => Due > due, "the answer");
        }
    }
}
