using System.Collections.Concurrent;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Those who hold connections to an instance hear of its end while they can still be closed.</summary>
public sealed class FunctionEndingTests
{
    private readonly ConcurrentQueue<string> _order = new();
    private readonly FunctionBench _bench = new();

    public FunctionEndingTests()
    {
        _bench.Ending = hasEnded => _order.Enqueue(hasEnded ? "has ended" : "ends");
        _bench.Runtime.Stopping = _ =>
        {
            _order.Enqueue("stop");
            return Task.CompletedTask;
        };
        _bench.Runtime.Resting = (_, tier) =>
        {
            _order.Enqueue($"rest {tier}");
            return Task.CompletedTask;
        };
    }

    [Theory]
    [InlineData(Tier.Stopped, "ends,stop,has ended")]
    [InlineData(Tier.Initialized, "ends,rest Initialized,has ended")]
    [InlineData(Tier.Paused, "rest Paused")]
    internal async Task Sleep_IsToldBeforeTheRuntimeIsAsked(Tier tier, string order)
    {
        var function = _bench.Make();
        await _bench.RunningAsync(function);

        await FunctionBench.Within(function.SleepAsync(tier));

        Assert.Equal(order, string.Join(',', _order));
    }

    [Theory]
    [InlineData(Tier.Stopped)]
    [InlineData(Tier.Paused)]
    internal async Task Sleep_InUseAndItEndsByItself_IsToldAtOnce(Tier tier)
    {
        var function = _bench.Make();
        var instance = await _bench.RunningAsync(function);
        Assert.True(instance.TryLease());
        var slept = function.SleepAsync(tier);
        Assert.Empty(_order);

        _bench.Runtime.Last.Die("killed");

        await FunctionBench.Within(slept);
        await Eventually.True(() => _order.Contains("has ended"), "the end told");
        instance.Release(_bench.Time.GetTimestamp());
    }

    [Fact]
    public async Task Sleep_InUse_IsToldWhenNobodyUsesItAnyMore()
    {
        var function = _bench.Make();
        var instance = await _bench.RunningAsync(function);
        Assert.True(instance.TryLease());

        var sleep = function.SleepAsync(Tier.Stopped);
        await Eventually.True(() => instance.State == Gateway.Activation.InstanceState.Draining);
        Assert.Empty(_order);
        instance.Release(_bench.Time.GetTimestamp());

        await FunctionBench.Within(sleep);
        Assert.Equal(["ends", "stop", "has ended"], _order);
    }

    [Fact]
    public async Task Exited_ByItself_IsToldAsEnded()
    {
        var function = _bench.Make();
        await _bench.RunningAsync(function);

        _bench.Runtime.Last.Die("gone");

        await Eventually.True(() => _order.Contains("has ended"));
    }
}
