using Gateway.Activation;
using Gateway.Activation.Core;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Process;
using Gateway.Tests.Runtimes;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class FunctionUpdateTests
{
    private static readonly FunctionOptions Before = FunctionBench.Options();
    private static readonly FunctionOptions Other = Before.WithProcess(run => run with { Command = ["y"] });

    [Fact]
    public async Task Update_RunsTheSame_KeepsTheInstance()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);

        function.Update(Before with { Hold = new HoldOptions { MaxRequests = 1 } });

        Assert.Same(instance, Assert.Single(function.Running));
    }

    [Fact]
    public async Task Update_OtherProgram_DrainsAndStartsTheNewOneOnDemand()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        Assert.True(instance.TryLease());

        function.Update(Other);
        var request = bench.RequestAsync(function);
        Assert.Empty(function.Running);
        Assert.False(request.IsCompleted);
        instance.Release(bench.Time.GetTimestamp());

        Assert.True((await FunctionBench.Within(request)).IsRunning);
        Assert.Equal(Other.Process().Command, ((FakeInstance)function.Running[0].Runtime!).Function.Process().Command);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task Update_OtherProgramWhileStarting_TheHeldGetTheNewOneAtOnce()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");
        var old = bench.Runtime.Last;

        // The old program would not be ready for a long time, or never: that may be why it was changed.
        bench.ReadyAtOnce = true;
        function.Update(Other);

        Assert.True((await FunctionBench.Within(request)).IsRunning);
        Assert.True(old.IsOver);
        Assert.Equal(Other.Process().Command, ((FakeInstance)Assert.Single(function.Running).Runtime!).Function.Process().Command);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task Update_OtherProgramWhileStartingForASyn_StartsTheNewOne()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        function.Wake(bench.Signal(SignalKind.Syn));
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");

        bench.ReadyAtOnce = true;
        function.Update(Other);

        await Eventually.True(() => function.Running is [{ Runtime: FakeInstance { Function: var now } }] && now.Process().Command == Other.Process().Command, "the new program");
    }

    [Fact]
    public async Task Update_InBackOff_MayBeTriedAtOnce()
    {
        var bench = new FunctionBench();
        bench.Runtime.Starting = (_, _) => throw new RuntimeException("it broke");
        var function = bench.Make();
        await FunctionBench.Within(bench.RequestAsync(function));
        await Eventually.True(() => function.Snapshot().Instances.Count == 0, "the end");
        bench.Runtime.Starting = (_, _) => Task.CompletedTask;

        function.Update(Other);

        Assert.Equal((function, true), bench.Rests.Last());
        await bench.RunningAsync(function);
    }

    [Fact]
    public void Update_OtherWakeOn_IsToldAgain()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        bench.Rests.Clear();

        function.Update(Before with { WakeOn = SignalKind.Established });

        Assert.Equal([(function, true)], bench.Rests);
    }

    [Fact]
    public async Task Update_StreamOnTheOldProgram_IsCutAfterTheDrainTime()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        Assert.True((await bench.RunningAsync(function)).TryLease());

        function.Update(Other);
        var request = bench.RequestAsync(function);
        bench.Clock.Advance(FunctionRegistry.DrainTime);

        Assert.True((await FunctionBench.Within(request)).IsRunning);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Update_OneThatCannotBeEnded_IsAskedAgainAfterAWhileAndNotAtOnce(bool isPaused)
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        if (isPaused)
        {
            await FunctionBench.Within(function.SleepAsync(Tier.Paused));
        }

        var stops = 0;
        var mayStop = false;
        bench.Runtime.Stopping = _ => Interlocked.Increment(ref stops) > 0 && Volatile.Read(ref mayStop) ? Task.CompletedTask : throw new InvalidOperationException("the engine does not answer");

        function.Update(FunctionBench.Options() with { Run = new ProcessRunOptions { Command = ["another"] } });
        await Eventually.True(() => Volatile.Read(ref stops) == 1 && function.State == (isPaused ? FunctionState.Paused : FunctionState.Running));
        for (var i = 0; i < 40; i++)
        {
            bench.Clock.Advance(FunctionCore.RestAgain / 50);
            function.RestIfIdle();
            await Task.Yield();
        }

        Assert.Equal(1, Volatile.Read(ref stops));
        Volatile.Write(ref mayStop, true);
        bench.Clock.Advance(FunctionCore.RestAgain);
        await Eventually.True(() => function.State == FunctionState.Stopped);
        Assert.Equal(2, Volatile.Read(ref stops));
        Assert.Empty(bench.Runtime.Violations);
    }
}
