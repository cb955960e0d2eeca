using System.Collections.Concurrent;
using System.Collections.Frozen;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Tests.Runtimes;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>Functions that come, go and come back: each acts on what is its own alone.</summary>
public sealed class FunctionRegistryTests : IAsyncDisposable
{
    private readonly Watcher _watcher = new();
    private readonly FunctionBench _bench;
    private readonly FunctionRegistry _registry;

    public FunctionRegistryTests()
    {
        _bench = new FunctionBench(observers: _watcher);
        _registry = new FunctionRegistry(_bench.Services);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Rename_WhileTheOldOneIsInUse_ItsNumberIsNobodyElsesUntilItIsGone()
    {
        _ = _registry.Apply(Configured("a"));
        var old = Function("a");
        var lease = await _bench.RunningAsync(old);
        Assert.True(lease.TryLease());

        var retired = _registry.Apply(Configured("b"));

        Assert.NotEqual(old.Index, Function("b").Index);
        Assert.Equal((Function("b").Index, true), _watcher.Rests.Last(rest => rest.Number == Function("b").Index));
        lease.Release(_bench.Time.GetTimestamp());
        await FunctionBench.Within(retired);
        // The last that the kernel hears of the new one is still that it is at rest.
        Assert.Equal((Function("b").Index, true), _watcher.Rests.Last(rest => rest.Number == Function("b").Index));
    }

    [Fact]
    public async Task NumberUsedAgain_IsToldBeforeItsNewOwnerRests()
    {
        await _registry.Apply(Configured("a", "x"));
        var number = Function("a").Index;
        await _registry.Apply(Configured("x"));
        Assert.Empty(_watcher.UsedAgain);

        await _registry.Apply(Configured("b", "x"));

        Assert.Equal(number, Function("b").Index);
        Assert.Equal([number], Assert.Single(_watcher.UsedAgain));
        Assert.False(_watcher.RestedBeforeTold);
    }

    [Fact]
    public async Task PutBack_WhileTheOldOneDrains_NothingIsForgottenAndTheSeriesGoOn()
    {
        _ = _registry.Apply(Configured("a"));
        var lease = await _bench.RunningAsync(Function("a"));
        Assert.True(lease.TryLease());
        var retired = _registry.Apply(Configured());
        Assert.Equal(1, await _bench.SeriesAsync("gateway_instances", "a", "Draining"));

        _ = _registry.Apply(Configured("a"));
        await _bench.RunningAsync(Function("a"));
        lease.Release(_bench.Time.GetTimestamp());
        await FunctionBench.Within(retired);

        Assert.Empty(_bench.Runtime.Forgotten);
        Assert.Equal(0, await _bench.SeriesAsync("gateway_instances", "a", "Draining"));
        Assert.Equal(1, await _bench.SeriesAsync("gateway_instances", "a", "Running"));
        Assert.Single(Function("a").Running);
    }

    [Fact]
    public async Task Removed_AndGone_IsForgottenWithItsSeries()
    {
        _ = _registry.Apply(Configured("a"));
        await _bench.RunningAsync(Function("a"));

        await FunctionBench.Within(_registry.Apply(Configured()));
        var old = _bench.Runtime.Last;

        Assert.True(old.IsOver);
        Assert.Equal(["a"], _bench.Runtime.Forgotten);
        Assert.Null(await _bench.SeriesAsync("gateway_instances", "a", "Running"));
    }

    [Fact]
    public async Task Rename_OfCapitalsOnly_KeepsTheInstanceUnderTheNewName()
    {
        _ = _registry.Apply(Configured("hello"));
        var instance = await _bench.RunningAsync(Function("hello"));

        await _registry.Apply(Configured("Hello"));

        Assert.Same(instance, Assert.Single(Function("hello").Running));
        Assert.Null(await _bench.SeriesAsync("gateway_instances", "hello", "Running"));
        Assert.Equal(1, await _bench.SeriesAsync("gateway_instances", "Hello", "Running"));
    }

    [Fact]
    public async Task Change_UntilItsSecondHalf_WhatGoesServes()
    {
        _ = _registry.Apply(Configured("a"));
        var old = Function("a");
        await _bench.RunningAsync(old);

        var change = _registry.Change(Configured("b"));

        Assert.Same(old, Function("a"));
        Assert.Single(old.Running);
        Assert.Equal(["b"], _registry.All.Select(function => function.Name));
        await FunctionBench.Within(change.Retire());
        Assert.False(_registry.TryGet("a", out _));
        Assert.Empty(old.Running);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public async Task FixedPort_OfOneThatDrains_IsWaitedForAndNothingElse(string name)
    {
        _ = _registry.Apply(Of(FunctionBench.Options("a").WithProcess(run => run with { Port = 9000 })));
        var lease = await _bench.RunningAsync(Function("a"));
        Assert.True(lease.TryLease());
        _ = _registry.Apply(Configured());
        _ = _registry.Apply(Of(FunctionBench.Options(name).WithProcess(run => run with { Port = 9000 }), FunctionBench.Options("free").WithProcess(run => run with { Port = 9001 })));

        var request = _bench.RequestAsync(Function(name));
        await _bench.RunningAsync(Function("free"));

        Assert.False(request.IsCompleted);
        Assert.Equal(2, _bench.Runtime.Starts);
        lease.Release(_bench.Time.GetTimestamp());
        Assert.True((await FunctionBench.Within(request)).IsRunning);
    }

    [Fact]
    public async Task FixedPort_OfOneThatNobodyRemoves_IsNotWaitedFor()
    {
        // Two engines may have a port of the same number each: only what ends is waited for.
        await _registry.Apply(Of(FunctionBench.Options("a").WithProcess(run => run with { Port = 9000 }), FunctionBench.Options("b").WithProcess(run => run with { Port = 9000 })));
        await _bench.RunningAsync(Function("a"));

        await _bench.RunningAsync(Function("b"));
    }

    private static GatewayOptions Configured(params string[] names) => Of([.. names.Select(FunctionBench.Options)]);

    private static GatewayOptions Of(params FunctionOptions[] functions) =>
        new() { Functions = functions.ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase) };

    private Function Function(string name) => _registry.TryGet(name, out var function) ? function : throw new InvalidOperationException($"no {name}");

    /// <summary>Records what is told of functions and of numbers that are used again.</summary>
    private sealed class Watcher : IFunctionObserver
    {
        public ConcurrentQueue<(uint Number, bool AtRest)> Rests { get; } = new();

        public List<IReadOnlySet<uint>> UsedAgain { get; } = [];

        public bool RestedBeforeTold { get; private set; }

        private readonly HashSet<uint> _gone = [];

        public void OnRest(Function function, bool atRest)
        {
            lock (_gone)
            {
                Rests.Enqueue((function.Index, atRest));
                RestedBeforeTold |= atRest && _gone.Contains(function.Index);
                if (function.IsRetired)
                {
                    _gone.Add(function.Index);
                }
            }
        }

        public void OnNumbersUsedAgain(IReadOnlySet<uint> numbers)
        {
            lock (_gone)
            {
                UsedAgain.Add(numbers);
                _gone.ExceptWith(numbers);
            }
        }
    }
}
