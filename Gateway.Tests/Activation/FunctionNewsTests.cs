using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

public sealed class FunctionNewsTests
{
    [Fact]
    public async Task Life_IsToldInItsOrder_EachTurnOnce()
    {
        var told = new Told();
        var bench = new FunctionBench(observers: told);
        var function = bench.Make();
        await bench.RunningAsync(function);
        await bench.RunningAsync(function);
        bench.Clock.Advance(new IdleOptions().After);
        function.RestIfIdle();
        await told.WaitAsync(3);
        await bench.RunningAsync(function);

        await told.WaitAsync(5);

        Assert.Equal(["Wake Starting", "Ready Running", "Rest Stopped", "Wake Starting", "Ready Running"], told.All);
    }

    [Fact]
    public async Task Failure_IsToldWithItsSentence_EachTime()
    {
        var told = new Told();
        var bench = new FunctionBench(observers: told) { ReadyAtOnce = false };
        var function = bench.Make();
        for (var i = 1; i <= 2; i++)
        {
            var request = bench.RequestAsync(function);
            await Eventually.True(() => bench.Runtime.Starts == i, "the start");
            bench.Runtime.Last.Die("exit code 3");
            await FunctionBench.Within(request);
            await told.WaitAsync(2 * i);
            bench.Clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(4, told.All.Count);
        Assert.All(told.All.Chunk(2), static pair =>
        {
            Assert.Equal("Wake Starting", pair[0]);
            Assert.StartsWith("Failure Failed ", pair[1], StringComparison.Ordinal);
            Assert.Contains("exit code 3", pair[1], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Instance_ThatWasThereBefore_IsReady_ButWasNotWoken()
    {
        var told = new Told();
        var bench = new FunctionBench(observers: told);
        var function = new Function(7, FunctionBench.Options(), bench.Services);
        var adopted = (FakeInstance)await bench.Runtime.CreateAsync(function.Options, default);
        await adopted.StartAsync(default);
        function.Adopt(adopted);
        function.Open();
        await told.WaitAsync(1);

        await FunctionBench.Within(function.SleepAsync());

        await told.WaitAsync(2);
        Assert.Equal(["Ready Running", "Rest Stopped"], told.All);
    }

    private sealed class Told : IFunctionObserver
    {
        private readonly ConcurrentQueue<string> _all = new();

        public IReadOnlyList<string> All => [.. _all];

        public void OnNews(Function function, FunctionNews news) => _all.Enqueue($"{news.Turn} {news.State} {news.Failure}".TrimEnd());

        public Task WaitAsync(int count) => Eventually.True(() => _all.Count >= count, $"{count} turns, not {string.Join(", ", _all)}");
    }
}
