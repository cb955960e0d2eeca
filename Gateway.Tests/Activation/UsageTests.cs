using Gateway.Activation;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>An instance has several sources of use: it rests when none of them uses it.</summary>
public sealed class UsageTests
{
    private static readonly TimeSpan After = new IdleOptions().After;

    [Fact]
    public async Task RestIfIdle_AnotherSourceUsesIt_RunsAndTakesRequests()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        var connections = new Connections { Current = 1 };
        instance.Add(connections);
        bench.Clock.Advance(After * 2);

        Assert.NotNull(function.RestIfIdle());
        Assert.Equal(1, function.Snapshot().InFlight);
        Assert.True(function.TryLease(Assert.Single(function.Running)));

        instance.Release(bench.Time.GetTimestamp());
        connections.End(bench.Time.GetTimestamp());
        bench.Clock.Advance(After);
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    [Fact]
    public async Task RestIfIdle_AnotherSourceUsedItLast_CountsFromThat()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        bench.Clock.Advance(After / 2);
        instance.Add(new Connections { LastUse = bench.Time.GetTimestamp() });
        bench.Clock.Advance(After / 2);

        Assert.Equal(After / 2, function.RestIfIdle());
        Assert.Single(function.Running);
    }

    [Fact]
    public async Task SleepAsync_AnotherSourceUsesIt_WaitsForItsEnd()
    {
        var bench = new FunctionBench();
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        var connections = new Connections { Current = 1 };
        instance.Add(connections);

        var asleep = function.SleepAsync();
        Assert.False(instance.TryLease());
        Assert.False(bench.Runtime.Last.IsOver);
        connections.End(bench.Time.GetTimestamp());

        await asleep;
        Assert.True(bench.Runtime.Last.IsOver);
    }

    [Fact]
    public async Task TryLease_FullerThanConcurrency_StartsAnotherBesideTheRequest()
    {
        var bench = new FunctionBench();
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 2, Concurrency = 2 } });
        var instance = await bench.RunningAsync(function);

        Assert.True(function.TryLease(instance) && function.TryLease(instance));
        Assert.Single(bench.Runtime.Instances);
        Assert.True(function.TryLease(instance));

        await Eventually.True(() => function.Running.Count == 2, "two instances");
    }

    /// <summary>Connections that are counted outside of the gateway. Nothing in it does so yet.</summary>
    private sealed class Connections : IUsage
    {
        private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Current { get; set; }

        public long LastUse { get; set; }

        public Task EmptyAsync() => Current == 0 ? Task.CompletedTask : _empty.Task;

        public void End(long now)
        {
            (Current, LastUse) = (0, now);
            _empty.TrySetResult();
        }
    }
}
