using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Instances that refuse connections though their runtime says that they run.</summary>
public sealed class FunctionDoubtTests
{
    [Fact]
    public async Task Doubt_AnswersAgain_ServesWithTheSameInstance()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var (function, instance) = await RunningAsync(bench);
        var probe = bench.Reprobe();

        function.Doubt(instance, "connection refused");

        Assert.Empty(function.Running);
        Assert.False(instance.TryLease());
        Assert.Equal(FunctionState.Starting, function.State);
        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(SignalKind.Syn)));
        var request = bench.RequestAsync(function);
        Assert.False(request.IsCompleted);

        probe.SetResult();
        Assert.True((await FunctionBench.Within(request)).IsRunning);
        Assert.Equal([instance], function.Running);
        Assert.True(instance.TryLease());
        Assert.Equal(1, bench.Runtime.Starts);
    }

    [Theory]
    [InlineData(137)]
    [InlineData(1)]
    public async Task Doubt_HasEnded_IsReplacedForThoseWhoWait(int exitCode)
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var (function, instance) = await RunningAsync(bench);
        bench.Reprobe();
        function.Doubt(instance, "connection refused");
        var request = bench.RequestAsync(function);
        bench.ReadyAtOnce = true;

        bench.Runtime.Last.Die(exitCode);

        Assert.True((await FunctionBench.Within(request)).IsRunning);
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Fact]
    public async Task Doubt_SilentForHoldTimeout_IsEndedAndReplaced()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var (function, instance) = await RunningAsync(bench);
        bench.Reprobe();
        function.Doubt(instance, "connection refused");
        await Eventually.True(() => bench.Reprobes == 1, "the probe");
        bench.ReadyAtOnce = true;

        bench.Clock.Advance(function.Options.Hold.Timeout);
        var request = bench.RequestAsync(function);

        Assert.True((await FunctionBench.Within(request)).IsRunning);
        Assert.True(bench.Runtime.Instances.First().IsOver);
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Fact]
    public async Task Doubt_OfOneAmongSeveral_TheOthersServe()
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Min = 2, Max = 2 } });
        await Eventually.True(() => function.Running.Count == 2, "two instances");
        bench.Reprobe();

        function.Doubt(function.Running[0], "no route to host");

        var other = Assert.Single(function.Running);
        Assert.True((await FunctionBench.Within(bench.RequestAsync(function))).IsRunning);
        Assert.True(other.TryLease());
        Assert.Equal(2, bench.Runtime.Starts);
    }

    [Fact]
    public async Task Doubt_WhileItRestsOrEnds_ChangesNothing()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        Assert.True(instance.TryLease());
        var slept = function.SleepAsync(Tier.Stopped);

        function.Doubt(instance, "connection refused");

        Assert.Equal(FunctionState.Draining, function.State);
        instance.Release(bench.Time.GetTimestamp());
        await FunctionBench.Within(slept);
        Assert.Equal(FunctionState.Stopped, function.State);
    }

    [Fact]
    public async Task Doubt_PutToSleepMeanwhile_ComesToRest()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        var probe = bench.Reprobe();
        function.Doubt(instance, "connection refused");

        await FunctionBench.Within(function.SleepAsync(Tier.Stopped));
        probe.SetResult();

        Assert.Equal(FunctionState.Stopped, function.State);
        Assert.Empty(bench.Runtime.Violations);
    }

    [Fact]
    public async Task ScaleOut_ManyWaitAtOnce_AllThatTheyAreWorthStart()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 4, Concurrency = 3 } });

        var requests = Enumerable.Range(0, 7).Select(_ => bench.RequestAsync(function)).ToArray();

        // Seven requests, three each: three instances, and while they start no fourth.
        await Eventually.True(() => bench.Runtime.Starts == 3, "three starts");
        Assert.Equal(3, bench.Runtime.Instances.Count);
        foreach (var instance in bench.Runtime.Instances)
        {
            instance.Ready.TrySetResult();
        }

        await FunctionBench.Within(Task.WhenAll(requests));
    }

    [Fact]
    public async Task ScaleOut_OneOfTheStartsFails_TheOtherServesThoseWhoWait()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 2, Concurrency = 1 } });
        var requests = Enumerable.Range(0, 2).Select(_ => bench.RequestAsync(function)).ToArray();
        await Eventually.True(() => bench.Runtime.Starts == 2, "two starts");

        bench.Runtime.Last.Die(exitCode: 1);
        await Eventually.True(() => function.Snapshot().Instances.Count == 1, "the end of one");
        Assert.All(requests, request => Assert.False(request.IsCompleted));
        bench.Runtime.Instances.First().Ready.SetResult();

        Assert.All(await FunctionBench.Within(Task.WhenAll(requests)), arrival => Assert.True(arrival.IsRunning));
    }

    private static async Task<(Function Function, FunctionInstance Instance)> RunningAsync(FunctionBench bench)
    {
        var function = bench.Make();
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");
        bench.Runtime.Last.Ready.SetResult();
        Assert.True((await FunctionBench.Within(request)).IsRunning);
        return (function, function.Running[0]);
    }
}
