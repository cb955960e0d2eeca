using Gateway.Activation;
using Gateway.Configuration;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class StartBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TryTake_Handshakes_LeaveAQuarterForRequests()
    {
        var budget = Budget(concurrent: 8);

        Assert.Equal(6, Enumerable.Range(0, 20).Count(_ => budget.TryTake(budget.ForFunction())));
        Assert.True(budget.TakeAsync(budget.ForFunction(), default).IsCompletedSuccessfully);
        Assert.True(budget.TakeAsync(budget.ForFunction(), default).IsCompletedSuccessfully);
        Assert.False(budget.TakeAsync(budget.ForFunction(), default).IsCompleted);
    }

    [Fact]
    public void TryTake_Minute_LeavesAQuarterForRequests()
    {
        var budget = Budget(perMinute: 100);

        Assert.Equal(75, Enumerable.Range(0, 200).Count(_ => Taken(budget)));
        Assert.Equal(25, Enumerable.Range(0, 200).Count(_ => RequestTaken(budget)));
    }

    [Fact]
    public async Task TakeAsync_Full_ServesInOrderOfArrival()
    {
        var budget = Budget(concurrent: 1);
        await budget.TakeAsync(budget.ForFunction(), default);
        var waiters = Enumerable.Range(0, 5).Select(_ => budget.TakeAsync(budget.ForFunction(), default)).ToArray();

        for (var i = 0; i < waiters.Length; i++)
        {
            budget.Release();
            await FunctionBench.Within(waiters[i]);
            Assert.All(waiters.Skip(i + 1), waiter => Assert.False(waiter.IsCompleted));
        }
    }

    [Fact]
    public async Task TryTake_RequestWaits_HandshakeDoesNotOvertake()
    {
        var budget = Budget(concurrent: 1);
        await budget.TakeAsync(budget.ForFunction(), default);
        var request = budget.TakeAsync(budget.ForFunction(), default);
        budget.Release();

        Assert.False(budget.TryTake(budget.ForFunction()));
        await FunctionBench.Within(request);
    }

    [Fact]
    public async Task TakeAsync_Cancelled_LeavesTheLineAndNoPlaceIsLost()
    {
        var budget = Budget(concurrent: 1);
        await budget.TakeAsync(budget.ForFunction(), default);
        using var cancel = new CancellationTokenSource();
        var cancelled = budget.TakeAsync(budget.ForFunction(), cancel.Token);
        var patient = budget.TakeAsync(budget.ForFunction(), default);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        budget.Release();
        await FunctionBench.Within(patient);
        budget.Release();

        Assert.True(budget.TryTake(budget.ForFunction()));
    }

    [Fact]
    public async Task TakeAsync_AlreadyCancelled_TakesNothing()
    {
        var budget = Budget(concurrent: 1);
        await budget.TakeAsync(budget.ForFunction(), default);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => budget.TakeAsync(budget.ForFunction(), new CancellationToken(canceled: true)));
        budget.Release();

        Assert.True(budget.TryTake(budget.ForFunction()));
    }

    [Fact]
    public async Task TakeAsync_MinuteIsSpent_IsServedWhenItRefills()
    {
        var budget = Budget(perMinute: 60);
        Assert.Equal(60, Enumerable.Range(0, 60).Count(_ => RequestTaken(budget)));
        var waiters = Enumerable.Range(0, 3).Select(_ => budget.TakeAsync(budget.ForFunction(), default)).ToArray();

        foreach (var waiter in waiters)
        {
            Assert.False(waiter.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1002));
            await FunctionBench.Within(waiter);
        }
    }

    [Fact]
    public async Task OwnShareIsSpent_OthersAreNotHeldUp()
    {
        var budget = Budget(perFunctionPerMinute: 1);
        var greedy = budget.ForFunction();
        await budget.TakeAsync(greedy, default);
        var waits = budget.TakeAsync(greedy, default);

        Assert.True(budget.TakeAsync(budget.ForFunction(), default).IsCompletedSuccessfully);
        Assert.True(budget.TryTake(budget.ForFunction()));
        Assert.False(budget.TryTake(greedy));
        Assert.False(waits.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(2));
        await FunctionBench.Within(waits);
    }

    [Fact]
    public async Task ManyThreads_TakeCancelAndRelease_NeverMoreThanConcurrentAndNoneIsLost()
    {
        var budget = Budget(concurrent: 4, time: TimeProvider.System);
        var (now, most) = (0, 0);
        await FunctionBench.Within(Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                using var cancel = new CancellationTokenSource();
                var take = budget.TakeAsync(budget.ForFunction(), cancel.Token);
                if (random.Next(3) == 0)
                {
                    await cancel.CancelAsync();
                }

                try
                {
                    await take;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                var inside = Interlocked.Increment(ref now);
                InterlockedMax(ref most, inside);
                if (random.Next(4) == 0)
                {
                    await Task.Yield();
                }

                Interlocked.Decrement(ref now);
                budget.Release();
            }
        }))));

        Assert.InRange(most, 2, 4);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => budget.TakeAsync(budget.ForFunction(), default).IsCompletedSuccessfully));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static bool Taken(StartBudget budget)
    {
        var taken = budget.TryTake(budget.ForFunction());
        if (taken)
        {
            budget.Release();
        }

        return taken;
    }

    private static bool RequestTaken(StartBudget budget)
    {
        var taken = budget.TakeAsync(budget.ForFunction(), default).IsCompletedSuccessfully;
        if (taken)
        {
            budget.Release();
        }

        return taken;
    }

    private StartBudget Budget(int concurrent = 1000, int perMinute = 100_000, int perFunctionPerMinute = 10_000, TimeProvider? time = null) =>
        new(new BudgetOptions { Concurrent = concurrent, PerMinute = perMinute, PerFunctionPerMinute = perFunctionPerMinute }, time ?? _time);
}
