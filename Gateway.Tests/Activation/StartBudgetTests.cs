using System.Diagnostics;
using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class StartBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TryTake_Handshakes_LeaveAQuarterForRequestsAndAnEighthForTheProven()
    {
        var budget = Budget(concurrent: 8);

        Assert.Equal(5, Enumerable.Range(0, 20).Count(i => Take(budget, i) is not null));
        Assert.Equal(1, Enumerable.Range(20, 20).Count(i => Take(budget, i, SignalKind.Established) is not null));
        Assert.Equal(2, Enumerable.Range(40, 20).Count(i => Wait(budget, i).Taken.IsCompleted));
    }

    [Fact]
    public void TryTake_Minute_LeavesAQuarterForRequestsAndAnEighthForTheProven()
    {
        var budget = Budget(perMinute: 1000);

        Assert.Equal(625, Enumerable.Range(0, 2000).Count(i => TookAndGaveBack(budget, Take(budget, i))));
        Assert.Equal(125, Enumerable.Range(0, 2000).Count(i => TookAndGaveBack(budget, Take(budget, i, SignalKind.Established))));
        Assert.Equal(250, Enumerable.Range(0, 400).Count(i => TookAndGaveBack(budget, Wait(budget, i))));
    }

    [Fact]
    public void TryTake_SynsOfOneGroup_LeaveOthersTheirEarlyWakes()
    {
        var budget = Budget(concurrent: 64);

        Assert.Equal(26, Enumerable.Range(0, 100).Count(_ => Take(budget, client: 1) is not null));
        Assert.All(Enumerable.Range(2, 10), client => Assert.NotNull(Take(budget, client)));
        Assert.Null(Take(budget, client: 1));
        Assert.NotNull(Take(budget, client: 1, SignalKind.Established));
    }

    [Fact]
    public void TryTake_SynsOfRandomSources_LeaveEstablishedConnectionsTheirEarlyWakes()
    {
        var budget = Budget(concurrent: 64);
        while (Take(budget, Random.Shared.Next(1, 60_000)) is not null)
        {
        }

        Assert.All(Enumerable.Range(60_000, 8), client => Assert.NotNull(Take(budget, client, SignalKind.Established)));
        Assert.True(Wait(budget, 1).Taken.IsCompleted);
    }

    [Fact]
    public void TryTake_SynsOfRandomSources_LeaveThoseTheirsThatWereHereBefore()
    {
        var budget = Budget(concurrent: 64);
        while (Take(budget, Random.Shared.Next(1, 60_000)) is not null)
        {
        }

        var before = Enumerable.Range(60_000, 3).Select(client => budget.TryTake(budget.ForFunction(), SignalOf(client, SignalKind.Syn) with { IsSourceProven = true })).ToArray();
        Assert.All(before, Assert.NotNull);
        Array.ForEach(before, ticket => budget.Release(ticket!));
        Assert.Null(Take(budget, 60_000));
    }

    [Fact]
    public void TryTake_SynsUnderAnAddressThatWasHereBefore_HaveNoMoreThanAnyGroup()
    {
        var budget = Budget(concurrent: 64);

        Assert.Equal(26, Enumerable.Range(0, 100).Count(_ => budget.TryTake(budget.ForFunction(), SignalOf(1, SignalKind.Syn) with { IsSourceProven = true }) is not null));
        Assert.All(Enumerable.Range(2, 10), client => Assert.NotNull(Take(budget, client)));
    }

    [Fact]
    public void TryTake_WastedStarts_CountAgainstTheirGroup()
    {
        var budget = Budget(perMinute: 400);
        var starts = 0;
        for (; Take(budget, client: 1) is { } ticket; starts++)
        {
            budget.Release(ticket);
            budget.NoteWasted(SignalOf(1, SignalKind.Syn));
        }

        Assert.InRange(starts, 60, 70);
        Assert.NotNull(Take(budget, client: 2));
    }

    [Fact]
    public void Enter_OneClientWantsAll_ThereIsAPlaceForTheNextClient()
    {
        var budget = Budget(concurrent: 64);
        var greedy = Enumerable.Range(0, 1000).Select(_ => Wait(budget, client: 1)).ToArray();

        Assert.Equal(48, greedy.Count(ticket => ticket.Taken.IsCompleted));
        Assert.True(Wait(budget, client: 2).Taken.IsCompleted);
        Assert.NotNull(Take(budget, client: 3, SignalKind.Established));
    }

    [Fact]
    public void Enter_StartThatAGreedyClientWantsToo_IsServedInTheTurnOfTheOther()
    {
        var budget = Budget(concurrent: 4);
        var greedy = Enumerable.Range(0, 100).Select(_ => Wait(budget, client: 1)).ToArray();
        Assert.False(greedy[^1].Taken.IsCompleted);

        budget.Join(greedy[^1], SourceGroup.Of(AddressOf(2)));

        Assert.True(greedy[^1].Taken.IsCompleted);
        Assert.Equal(4, greedy.Count(ticket => ticket.Taken.IsCompleted));
    }

    [Fact]
    public async Task Enter_GroupsAndFunctions_TakeTurns()
    {
        var budget = Budget(concurrent: 1);
        var first = Wait(budget, client: 9);
        FunctionShare one = budget.ForFunction(), other = budget.ForFunction();
        (string Name, StartTicket Ticket)[] waiting =
        [
            ("a1", Wait(budget, 1, one)), ("a2", Wait(budget, 1, one)), ("a3", Wait(budget, 1, one)), ("a4", Wait(budget, 1, other)), ("b1", Wait(budget, 2)), ("c1", Wait(budget, 3)), ("b2", Wait(budget, 2)),
        ];
        List<string> order = [];
        for (var last = first; order.Count < waiting.Length;)
        {
            budget.Release(last);
            var (name, ticket) = Assert.Single(waiting, entry => entry.Ticket.Taken.IsCompleted && !order.Contains(entry.Name));
            Assert.True(await ticket.Taken);
            order.Add(name);
            last = ticket;
        }

        Assert.Equal(["a1", "b1", "c1", "a4", "b2", "a2", "a3"], order);
    }

    [Fact]
    public async Task Enter_Full_ServesAClientInOrderOfArrival()
    {
        var budget = Budget(concurrent: 1);
        var last = Wait(budget, 1);
        var waiters = Enumerable.Range(0, 5).Select(_ => Wait(budget, 1)).ToArray();

        for (var i = 0; i < waiters.Length; i++)
        {
            budget.Release(last);
            Assert.True(await FunctionBench.Within(waiters[i].Taken));
            Assert.All(waiters.Skip(i + 1), waiter => Assert.False(waiter.Taken.IsCompleted));
            last = waiters[i];
        }
    }

    [Fact]
    public async Task TryTake_RequestWaits_HandshakeDoesNotOvertake()
    {
        var budget = Budget(concurrent: 1);
        var first = Wait(budget, 1);
        var request = Wait(budget, 2);
        budget.Release(first);

        Assert.Null(Take(budget, 3, SignalKind.Established));
        Assert.True(await FunctionBench.Within(request.Taken));
    }

    [Fact]
    public async Task GiveUp_WhileItWaits_LeavesTheLineAndNoPlaceIsLost()
    {
        var budget = Budget(concurrent: 1);
        var first = Wait(budget, 1);
        var (gone, patient) = (Wait(budget, 1), Wait(budget, 1));

        budget.GiveUp(gone);
        Assert.False(await FunctionBench.Within(gone.Taken));
        budget.Release(gone);
        budget.Release(first);
        Assert.True(await FunctionBench.Within(patient.Taken));
        budget.GiveUp(patient);
        Assert.Null(Take(budget, 2));
        budget.Release(patient);

        Assert.NotNull(Take(budget, 2));
    }

    [Fact]
    public async Task Enter_Cancelled_LeavesTheLineAndNoPlaceIsLost()
    {
        var budget = Budget(concurrent: 1);
        var first = Wait(budget, 1);
        using var cancel = new CancellationTokenSource();
        var cancelled = budget.Enter(budget.ForFunction(), [SourceGroup.Of(AddressOf(1))], cancel.Token);
        var early = budget.Enter(budget.ForFunction(), [], new CancellationToken(canceled: true));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Taken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => early.Taken);
        budget.Release(first);

        Assert.NotNull(Take(budget, 2));
    }

    [Fact]
    public async Task Enter_MinuteIsSpent_IsServedWhenItRefills()
    {
        var budget = Budget(perMinute: 60);
        Assert.Equal(60, Enumerable.Range(0, 60).Count(i => TookAndGaveBack(budget, Wait(budget, i))));
        var waiters = Enumerable.Range(0, 3).Select(_ => Wait(budget, 1)).ToArray();

        foreach (var waiter in waiters)
        {
            Assert.False(waiter.Taken.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1002));
            await FunctionBench.Within(waiter.Taken);
        }
    }

    [Fact]
    public async Task OwnShareIsSpent_OthersAreNotHeldUp()
    {
        var budget = Budget(perFunctionPerMinute: 1);
        var greedy = budget.ForFunction();
        Assert.True(Wait(budget, 1, greedy).Taken.IsCompleted);
        StartTicket[] wait = [Wait(budget, 1, greedy), Wait(budget, 2, greedy), Wait(budget, 1, greedy)];

        Assert.True(Wait(budget, 1).Taken.IsCompleted);
        Assert.NotNull(Take(budget, 1));
        Assert.Null(budget.TryTake(greedy, SignalOf(3, SignalKind.Established)));
        for (var served = 1; served <= wait.Length; served++)
        {
            _time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(2));
            Assert.Equal(served, wait.Count(ticket => ticket.Taken.IsCompleted));
        }

        await FunctionBench.Within(Task.WhenAll(wait.Select(ticket => ticket.Taken)));
    }

    // A line of as many as there are functions: each step costs the logarithm of its length.
    [Fact]
    public void Enter_TenThousandWait_EveryoneIsServedSoon()
    {
        var budget = Budget(concurrent: 64);
        var began = Stopwatch.GetTimestamp();
        Queue<StartTicket> waiting = new(Enumerable.Range(0, 10_000).Select(i => Wait(budget, i % 100)));
        for (var served = 0; served < 10_000;)
        {
            var ticket = waiting.Dequeue();
            if (ticket.Taken.IsCompleted)
            {
                budget.Release(ticket);
                served++;
            }
            else
            {
                waiting.Enqueue(ticket);
            }
        }

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void NextRearm_ManyFunctionsAtOnce_AreSpreadOut()
    {
        var budget = Budget();
        var waits = Enumerable.Range(0, 1000).Select(_ => budget.NextRearm()).ToArray();

        Assert.Equal(StartBudget.SoonestRearm, waits[0]);
        Assert.All(waits.CountBy(static wait => wait), static moment => Assert.Equal(20, moment.Value));
        Assert.Equal(TimeSpan.FromSeconds(5), waits[^1]);
        _time.Advance(TimeSpan.FromSeconds(10.05));
        Assert.Equal(TimeSpan.FromMilliseconds(150), budget.NextRearm());
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(StartBudget.SoonestRearm, budget.NextRearm());
    }

    [Fact]
    public async Task ManyThreads_EnterCancelAndRelease_NeverMoreThanConcurrentAndNoneIsLost()
    {
        var budget = Budget(concurrent: 4, time: TimeProvider.System);
        var (now, most) = (0, 0);
        await FunctionBench.Within(Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            var function = budget.ForFunction();
            for (var i = 0; i < 2000; i++)
            {
                using var cancel = new CancellationTokenSource();
                var ticket = budget.Enter(function, [SourceGroup.Of(AddressOf(seed % 5))], cancel.Token);
                switch (random.Next(6))
                {
                    case 0:
                        await cancel.CancelAsync();
                        break;
                    case 1:
                        budget.GiveUp(ticket);
                        break;
                    case 2:
                        budget.Join(ticket, SourceGroup.Of(AddressOf(random.Next(5))));
                        break;
                }

                try
                {
                    if (!await ticket.Taken)
                    {
                        continue;
                    }
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
                budget.Release(ticket);
            }
        }))));

        Assert.InRange(most, 2, 4);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(i => Wait(budget, i).Taken.IsCompletedSuccessfully));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static bool TookAndGaveBack(StartBudget budget, StartTicket? ticket)
    {
        if (ticket is not { Taken.IsCompleted: true })
        {
            return false;
        }

        budget.Release(ticket);
        return true;
    }

    // Each client is in a group of its own.
    private static IPAddress AddressOf(int client) => new([10, (byte)(client >> 8), (byte)client, 1]);

    private static Signal SignalOf(int client, SignalKind kind) => new(kind, 0, new IPEndPoint(AddressOf(client), 50_000));

    private static StartTicket? Take(StartBudget budget, int client, SignalKind kind = SignalKind.Syn) => budget.TryTake(budget.ForFunction(), SignalOf(client, kind));

    private static StartTicket Wait(StartBudget budget, int client, FunctionShare? function = null) =>
        budget.Enter(function ?? budget.ForFunction(), [SourceGroup.Of(AddressOf(client))], default);

    private StartBudget Budget(int concurrent = 1000, int perMinute = 100_000, int perFunctionPerMinute = 10_000, TimeProvider? time = null) =>
        new(new BudgetOptions { Concurrent = concurrent, PerMinute = perMinute, PerFunctionPerMinute = perFunctionPerMinute }, time ?? _time);
}
