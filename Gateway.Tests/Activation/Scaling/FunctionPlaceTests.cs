using Gateway.Activation;
using Gateway.Activation.Scaling;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation.Scaling;

/// <summary>A function whose instances get a limited number of requests: who comes first gets the next place.</summary>
public sealed class FunctionPlaceTests
{
    private readonly FunctionBench _bench = new();

    [Fact]
    public async Task WaitAsync_AllPlacesTaken_GetsTheNextFreeOneInOrder()
    {
        var function = Make(limit: 2);
        var instance = await RunningAsync(function, taken: 2);
        var (first, second) = (Wait(function), Wait(function));
        Assert.False(first.Arrival.IsCompleted);
        Assert.Equal(4, function.InFlight);

        instance.Release(0);

        Assert.True((await FunctionBench.Within(first.Arrival)).IsRunning);
        Assert.Same(instance, first.Place.Lease);
        Assert.False(second.Arrival.IsCompleted);
        Assert.Equal(2, instance.InFlight);
        instance.Release(0);
        Assert.True((await FunctionBench.Within(second.Arrival)).IsRunning);
    }

    [Fact]
    public async Task TryLease_OthersWait_DoesNotOvertakeThem()
    {
        var function = Make(limit: 1);
        var instance = await RunningAsync(function, taken: 1);
        var (gone, cancellation) = (new Place(), new CancellationTokenSource());
        var waiting = function.WaitAsync(_bench.Signal(SignalKind.Request), gone, cancellation.Token).AsTask();

        Assert.False(function.TryLease(instance));
        Assert.Null(function.LeaseLeastUsed());
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting);
        instance.Release(0);

        Assert.True(function.TryLease(instance));
        Assert.Equal(1, function.InFlight);
    }

    [Fact]
    public async Task WaitAsync_ClientsLeaveAsPlacesComeFree_LosesNoPlace()
    {
        var function = Make(limit: 3);
        var instance = await RunningAsync(function, taken: 0);
        var random = new Random(3);
        var most = 0;

        async Task AskAsync(int number)
        {
            using var client = new CancellationTokenSource();
            if (number % 3 == 0)
            {
                _ = Task.Run(() => client.CancelAsync(), CancellationToken.None);
            }

            var place = new Place();
            FunctionInstance? lease = function.TryLease(instance) ? instance : null;
            try
            {
                if (lease is null && (await function.WaitAsync(_bench.Signal(SignalKind.Request), place, client.Token)).IsRunning)
                {
                    lease = place.Lease;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Assert.NotNull(lease);
            InterlockedMax(ref most, lease.InFlight);
            await Task.Yield();
            lease.Release(0);
        }

        await FunctionBench.Within(Task.WhenAll(Enumerable.Range(0, 3000).Select(number => Task.Run(() => AskAsync(number)))));

        Assert.InRange(most, 1, 3);
        Assert.Equal(0, function.InFlight);
        Assert.True(function.TryLease(instance) && function.TryLease(instance) && function.TryLease(instance));
        Assert.False(function.TryLease(instance));
    }

    [Fact]
    public async Task WaitAsync_TheSessionsInstanceIsFull_WaitsForThatOne()
    {
        var function = Make(limit: 1, max: 2);
        var first = await RunningAsync(function, taken: 1);
        _ = Wait(function);
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.True(() => function.Running.Count == 2 && function.Running[1].InFlight == 1, "two instances, both full");
        var (bound, free) = (Wait(function, first), Wait(function));

        function.Running[1].Release(0);
        Assert.True((await FunctionBench.Within(free.Arrival)).IsRunning);
        Assert.Same(function.Running[1], free.Place.Lease);
        Assert.False(bound.Arrival.IsCompleted);

        first.Release(0);
        await FunctionBench.Within(bound.Arrival);
        Assert.Same(first, bound.Place.Lease);
    }

    [Fact]
    public async Task Update_LimitIsRaisedOrRemoved_LetsThoseInWhoWait()
    {
        var function = Make(limit: 1);
        var instance = await RunningAsync(function, taken: 1);
        var (first, second, third) = (Wait(function), Wait(function), Wait(function));

        function.Update(Options(limit: 2));
        await FunctionBench.Within(first.Arrival);
        Assert.False(second.Arrival.IsCompleted);

        function.Update(FunctionBench.Options());
        await FunctionBench.Within(Task.WhenAll(second.Arrival, third.Arrival));
        Assert.Equal(4, instance.InFlight);
    }

    [Fact]
    public async Task WaitAsync_TheInstanceDies_IsServedByTheNextOne()
    {
        var function = Make(limit: 1);
        await RunningAsync(function, taken: 1);
        var waiting = Wait(function);

        _bench.Clock.Advance(TimeSpan.FromSeconds(10));
        _bench.Runtime.Last.Die("it crashed");

        Assert.True((await FunctionBench.Within(waiting.Arrival)).IsRunning);
        Assert.Equal(2, _bench.Runtime.Instances.Count);
        Assert.Same(Assert.Single(function.Running), waiting.Place.Lease);
    }

    [Fact]
    public async Task RetireAsync_RequestsWaitForAPlace_AreTold()
    {
        var function = Make(limit: 1);
        var instance = await RunningAsync(function, taken: 1);
        var waiting = Wait(function);

        var retired = function.RetireAsync(stop: true, TimeSpan.FromMinutes(1));

        Assert.False((await FunctionBench.Within(waiting.Arrival)).IsRunning);
        instance.Release(0);
        await FunctionBench.Within(retired);
    }

    private static FunctionOptions Options(int limit, int max = 1) =>
        FunctionBench.Options() with { Scale = new ScaleOptions { Max = max, Concurrency = limit, ConcurrencyLimit = limit } };

    private Function Make(int limit, int max = 1) => _bench.Make(Options(limit, max));

    private async Task<FunctionInstance> RunningAsync(Function function, int taken)
    {
        var instance = await _bench.RunningAsync(function);
        for (var i = 0; i < taken; i++)
        {
            Assert.True(function.TryLease(instance));
        }

        return instance;
    }

    private (Place Place, Task<WaitResult> Arrival) Wait(Function function, FunctionInstance? only = null)
    {
        var place = new Place(only);
        return (place, function.WaitAsync(_bench.Signal(SignalKind.Request), place, CancellationToken.None).AsTask());
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var before = Volatile.Read(ref most); before < value;)
        {
            before = Interlocked.CompareExchange(ref most, value, before) is var now && now == before ? value : now;
        }
    }
}
