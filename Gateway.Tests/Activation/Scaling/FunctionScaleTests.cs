using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation.Scaling;

/// <summary>A function that may have several instances: the least used one is chosen, surplus ones leave, and nobody in them is cut.</summary>
public sealed class FunctionScaleTests
{
    private static readonly TimeSpan Window = new ScaleOptions().Window;

    private readonly FunctionBench _bench = new();

    [Fact]
    public async Task LeaseLeastUsed_SeveralRun_GoesAlongThem()
    {
        var function = await RunningAsync(3);
        _bench.Clock.Advance(Function.SlowStart);

        var leases = Enumerable.Range(0, 7).Select(_ => function.LeaseLeastUsed()!).ToArray();

        Assert.Equal([3, 2, 2], function.Running.Select(instance => instance.InFlight));
        leases[1].Release(0);
        Assert.Same(leases[1], function.LeaseLeastUsed());
    }

    [Fact]
    public async Task LeaseLeastUsed_OneHasJustBegun_GetsATenthAtFirst()
    {
        var function = await RunningAsync(1);
        _bench.Clock.Advance(Function.SlowStart);
        var old = function.Running[0];
        for (var i = 0; i < 12; i++)
        {
            Assert.True(function.TryLease(old));
        }

        await ScaledAsync(function, 2);
        var young = function.Running[1];
        for (var i = 0; i < 12; i++)
        {
            Assert.NotNull(function.LeaseLeastUsed());
        }

        Assert.Equal((22, 2), (old.InFlight, young.InFlight));
        _bench.Clock.Advance(Function.SlowStart);
        Assert.Same(young, function.LeaseLeastUsed());
    }

    [Fact]
    public async Task Scale_LoadIsGone_SurplusLeavesAndWhoIsInsideStays()
    {
        var function = await RunningAsync(3);
        var (first, second, third) = (function.Running[0], function.Running[1], function.Running[2]);
        // Streams that go on, for which one instance is enough from now on.
        Assert.True(function.TryLease(first) && function.TryLease(third));
        function.Update(Options(3) with { Scale = Options(3).Scale with { Concurrency = 2 } });

        _bench.Clock.Advance(Window + Window);
        await Eventually.True(() => function.Running.Count == 2, "the unused one has left");
        Assert.Equal([first, third], function.Running);
        Assert.Contains("on average of Scale:Window", function.Snapshot().Scale!.Reason, StringComparison.Ordinal);

        _bench.Clock.Advance(Window);
        Assert.Equal((2, true, false), (function.Running.Count, third.IsSurplus, first.IsSurplus));
        // The surplus one takes no new requests.
        Assert.Same(first, function.LeaseLeastUsed());
        third.Release(0);
        await Eventually.True(() => function.Running.Count == 1, "it has left");
        Assert.Equal([first], function.Running);
        Assert.Empty(_bench.Runtime.Violations);
        Assert.Equal(0, second.InFlight);
    }

    [Fact]
    public async Task Scale_LoadIsBackBeforeASurplusOneHasLeft_UsesIt()
    {
        var function = await RunningAsync(2);
        var stream = function.Running[1];
        Assert.True(function.TryLease(function.Running[0]));
        Assert.True(function.TryLease(stream));
        // Both have one, so the younger one is surplus.
        function.Update(Options(2) with { Scale = Options(2).Scale with { Concurrency = 100 } });
        _bench.Clock.Advance(Window + Window);
        await Eventually.True(() => stream.IsSurplus, "it is surplus");

        function.Update(Options(2));
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(function.LeaseLeastUsed());
        }

        function.Scale();
        Assert.False(stream.IsSurplus);
        Assert.True(stream.InFlight > 1);
        Assert.Equal(2, _bench.Runtime.Instances.Count);
    }

    [Fact]
    public async Task Update_LowerMax_LeavesAtOnceAndOnlyWhatIsUnused()
    {
        var function = await RunningAsync(3);
        Assert.True(function.TryLease(function.Running[0]));
        var used = function.Running[0];

        function.Update(Options(1));

        await Eventually.True(() => function.Running.Count == 1, "one is left");
        Assert.Equal([used], function.Running);
    }

    [Fact]
    public async Task RestIfIdle_TheWindowsStillWantThem_RestOnlyWithAll()
    {
        var bench = new FunctionBench();
        var function = bench.Make(Options(3) with { Idle = new IdleOptions { After = TimeSpan.FromSeconds(10), Tier = Tier.Stopped } });
        var first = await bench.RunningAsync(function);
        var leases = Enumerable.Range(0, 10).Count(_ => function.TryLease(first));
        function.Scale();
        await Eventually.True(() => function.Running.Count == 3, "three instances");

        bench.Clock.Advance(TimeSpan.FromSeconds(15));
        function.RestIfIdle();
        Assert.Equal(3, function.Running.Count);

        for (var i = 0; i < leases; i++)
        {
            first.Release(bench.Time.GetTimestamp());
        }

        bench.Clock.Advance(TimeSpan.FromSeconds(10));
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    [Fact]
    public async Task Expect_ConnectionsWhileItStarts_StartAsManyAsTheyAreWorth()
    {
        var bench = new FunctionBench { ReadyAtOnce = false };
        var function = bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 8, Concurrency = 10 } });
        Assert.Equal(0, function.Expect(new IPEndPoint(IPAddress.Loopback, 1)));
        Assert.Equal(SignalOutcome.Woke, function.Wake(bench.Signal(SignalKind.Syn)));

        var wakes = Enumerable.Range(0, 35).Select(port => function.Expect(new IPEndPoint(IPAddress.Parse($"198.51.{port}.1"), port + 1))).ToArray();

        await Eventually.True(() => bench.Runtime.Instances.Count == 4, "four starts");
        Assert.All(wakes, wake => Assert.True(wake > 0));
        foreach (var instance in bench.Runtime.Instances)
        {
            await Eventually.True(() => instance.WasStarted, "it starts");
            instance.Ready.TrySetResult();
        }

        await Eventually.True(() => function.Running.Count == 4, "they run");
        // From here on requests count, and what was expected is forgotten.
        Assert.Equal(0, function.Expect(new IPEndPoint(IPAddress.Loopback, 1)));
        function.Unexpect(wakes[0]);
        function.Scale();
        Assert.Equal(4, bench.Runtime.Instances.Count);
    }

    [Fact]
    public async Task Activation_AHandshakeHasWokenItBeforeAnyRequest_StartsTheOthersWithTheRequest()
    {
        var function = _bench.Make(FunctionBench.Options() with { Scale = new ScaleOptions { Max = 5, Activation = 3 } });
        Assert.Equal(SignalOutcome.Woke, function.Wake(_bench.Signal(SignalKind.Syn)));
        await Eventually.True(() => function.Running.Count == 1, "it runs");
        // The handshake may be forged.
        Assert.Single(_bench.Runtime.Instances);

        Assert.True(function.TryLease(function.Running[0]));

        await Eventually.True(() => function.Running.Count == 3, "three run");
    }

    [Fact]
    public async Task Scale_AtRest_HasNoTimer()
    {
        var function = await RunningAsync(3);
        await function.SleepAsync();
        await Eventually.True(() => function.Snapshot().Scale is null, "nothing is decided at rest");
        var before = _bench.Runtime.Instances.Count;

        _bench.Clock.Advance(Window * 10);

        Assert.Equal(before, _bench.Runtime.Instances.Count);
        Assert.Empty(function.Running);
    }

    private static FunctionOptions Options(int max) => FunctionBench.Options() with { Scale = new ScaleOptions { Max = max, Concurrency = 1 } };

    // Each instance has been wanted by a request, and is unused afterwards.
    private async Task<Function> RunningAsync(int instances)
    {
        var function = _bench.Make(Options(Math.Max(2, instances)));
        await _bench.RunningAsync(function);
        await ScaledAsync(function, instances);
        return function;
    }

    private async Task ScaledAsync(Function function, int instances)
    {
        var first = function.Running[0];
        var leases = Enumerable.Range(0, instances > 1 ? 100 : 0).Count(_ => function.TryLease(first));
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        function.Scale();
        await Eventually.True(() => function.Running.Count == instances, "they run");
        for (var i = 0; i < leases; i++)
        {
            first.Release(0);
        }
    }
}
