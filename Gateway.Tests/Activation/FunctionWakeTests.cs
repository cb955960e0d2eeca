using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class FunctionWakeTests
{
    private static readonly TimeSpan Rearm = TimeSpan.FromMilliseconds(102);

    [Fact]
    public async Task WaitAsync_500AtOnceOnAFunctionAtRest_OneStartAndAllReleased()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();
        using var together = new Barrier(4);
        var requests = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return Enumerable.Range(0, 125).Select(_ => bench.RequestAsync(function)).ToArray();
            },
            TaskCreationOptions.LongRunning)));

        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");
        Assert.Equal(500, function.Snapshot().InFlight);
        bench.Runtime.Last.Ready.SetResult();
        var arrivals = await FunctionBench.Within(Task.WhenAll(requests.SelectMany(some => some)));

        Assert.All(arrivals, arrival => Assert.True(arrival.IsRunning));
        Assert.Single(bench.Runtime.Instances);
        Assert.Equal(0, function.Snapshot().InFlight);
    }

    [Fact]
    public async Task Wake_SynThenOthers_OneStartAndTheRestJoin()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make();

        Assert.Equal(SignalOutcome.Woke, function.Wake(bench.Signal(SignalKind.Syn)));
        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(SignalKind.Established)));
        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(SignalKind.ClientHello)));
        var request = bench.RequestAsync(function);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the start");
        bench.Runtime.Last.Ready.SetResult();
        await FunctionBench.Within(request);

        Assert.Equal(SignalOutcome.Running, function.Wake(bench.Signal(SignalKind.Syn)));
        Assert.Single(bench.Runtime.Instances);
        Assert.Equal(SignalKind.Syn, function.Running[0].ColdStart!.Signal.Kind);
    }

    [Theory]
    [InlineData(SignalKind.Syn, SignalKind.Established)]
    [InlineData(SignalKind.Established, SignalKind.ClientHello)]
    [InlineData(SignalKind.ClientHello, SignalKind.Request)]
    internal void Wake_EarlierThanWakeOn_IsIgnored(SignalKind signal, SignalKind wakeOn)
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { WakeOn = wakeOn });

        Assert.Equal(SignalOutcome.Ignored, function.Wake(bench.Signal(signal)));
        Assert.Equal(SignalOutcome.Woke, function.Wake(bench.Signal(wakeOn)));
    }

    [Fact]
    public async Task Begin_SignalCameBefore_Starts()
    {
        var bench = new FunctionBench();
        var function = new Function(0, FunctionBench.Options(), bench.Services);
        Assert.Equal(SignalOutcome.Joined, function.Wake(bench.Signal(SignalKind.Syn)));
        Assert.Empty(bench.Runtime.Instances);

        function.Open();

        await Eventually.True(() => function.Running.Count == 1, "the start");
    }

    [Fact]
    public async Task Begin_AdoptedInstanceAndSignalBefore_DoesNotStartAgainAfterRest()
    {
        var bench = new FunctionBench();
        var function = new Function(0, FunctionBench.Options(), bench.Services);
        function.Wake(bench.Signal(SignalKind.Syn));
        var adopted = (FakeInstance)await bench.Runtime.CreateAsync(function.Options, default);
        await adopted.StartAsync(default);
        function.Adopt(adopted);
        function.Open();

        await FunctionBench.Within(function.SleepAsync());
        await Eventually.True(() => function.Snapshot().Instances.Count == 0, "rest");

        Assert.Equal(FunctionState.Stopped, function.Snapshot().State);
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public async Task OnInstances_NewInstance_IsHeardBeforeItsDoorOpens()
    {
        var bench = new FunctionBench();
        var early = 0;
        bench.Heard = function => early += function.Running.Any(instance => instance.TryLease()) ? 1 : 0;

        await bench.RunningAsync(bench.Make());

        Assert.Equal(0, early);
    }

    [Fact]
    public async Task Wake_OverBudget_PassesAndIsListenedToAgainSoon()
    {
        var bench = new FunctionBench(budget: new BudgetOptions { Concurrent = 1 }) { ReadyAtOnce = false };
        var first = bench.Make(FunctionBench.Options("first"));
        var second = bench.Make(FunctionBench.Options("second"));
        first.Wake(bench.Signal(SignalKind.Syn));
        bench.Rests.Clear();

        Assert.Equal(SignalOutcome.OverBudget, second.Wake(bench.Signal(SignalKind.Syn)));
        Assert.Empty(bench.Rests);
        bench.Clock.Advance(Rearm);

        Assert.Equal([(second, true)], bench.Rests);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the first start");
        Assert.Single(bench.Runtime.Instances);
    }

    [Fact]
    public void Wake_OverBudgetAgainAndAgain_DoesNotPutOffListening()
    {
        var bench = new FunctionBench(budget: new BudgetOptions { Concurrent = 1 }) { ReadyAtOnce = false };
        bench.Make(FunctionBench.Options("first")).Wake(bench.Signal(SignalKind.Syn));
        var second = bench.Make(FunctionBench.Options("second"));
        bench.Rests.Clear();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(SignalOutcome.OverBudget, second.Wake(bench.Signal(SignalKind.ClientHello)));
            bench.Clock.Advance(TimeSpan.FromMilliseconds(60));
        }

        Assert.Contains((second, true), bench.Rests);
    }

    [Fact]
    public async Task Request_OverBudget_WaitsForItsTurn()
    {
        var bench = new FunctionBench(budget: new BudgetOptions { Concurrent = 1 }) { ReadyAtOnce = false };
        var first = bench.Make(FunctionBench.Options("first"));
        var second = bench.Make(FunctionBench.Options("second"));
        var firstRequest = bench.RequestAsync(first);
        await Eventually.True(() => bench.Runtime.Starts == 1, "the first start");
        var secondRequest = bench.RequestAsync(second);

        bench.Runtime.Last.Ready.SetResult();
        await FunctionBench.Within(firstRequest);
        await Eventually.True(() => bench.Runtime.Starts == 2, "the second start");
        bench.Runtime.Last.Ready.SetResult();

        Assert.True((await FunctionBench.Within(secondRequest)).IsRunning);
    }

    [Fact]
    public async Task Rest_AfterEveryEnd_IsToldAgain()
    {
        // The kernel falls silent with each event; what is not told again is never heard again.
        var bench = new FunctionBench();
        var function = bench.Make();
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal((function, true), bench.Rests.Last());
            function.Wake(bench.Signal(SignalKind.Syn));
            Assert.Equal((function, false), bench.Rests.Last());
            await Eventually.True(() => function.Running.Count == 1, "running");
            await FunctionBench.Within(function.SleepAsync());
            await Eventually.True(() => function.Snapshot().State == FunctionState.Stopped, "rest");
        }

        Assert.Equal((function, true), bench.Rests.Last());
    }

    [Fact]
    public async Task ColdStart_ManyHeldRequests_FirstByteIsTheFirst()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        await bench.RunningAsync(function);
        var cold = function.PendingColdStart!;

        function.Served(cold, 100);
        function.Served(cold, 200);

        Assert.Equal(100, cold.FirstByte);
        Assert.Null(function.PendingColdStart);
        Assert.Same(cold, Assert.Single(bench.ColdStarts.Last(10, null)));
    }

    [Fact]
    public async Task Observer_Throws_FunctionGoesOn()
    {
        var bench = new FunctionBench(observers: new Broken());
        var function = bench.Make();

        await bench.RunningAsync(function);
        await FunctionBench.Within(function.SleepAsync());
        await bench.RunningAsync(function);
        await FunctionBench.Within(function.RetireAsync(stop: true, TimeSpan.FromSeconds(1)));

        Assert.All(bench.Runtime.Instances, instance => Assert.True(instance.IsOver));
    }

    /// <summary>An observer that throws.</summary>
    private sealed class Broken : IFunctionObserver
    {
        public void OnInstances(Function function) => throw new InvalidOperationException("a broken observer");

        public void OnRest(Function function, bool atRest) => throw new InvalidOperationException("a broken observer");
    }
}
