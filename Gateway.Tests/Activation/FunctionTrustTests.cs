using System.Collections.Concurrent;
using System.Net;
using Gateway.Activation;
using Gateway.Activation.Trust;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>What becomes of functions that are woken by SYNs of nobody, on a clock that the test sets.</summary>
[SideBySide]
public sealed class FunctionTrustTests : ITrustObserver
{
    private static readonly TimeSpan Within = new TrustOptions().Within;

    private readonly FunctionBench _bench;
    private readonly TrustJudge _trust;
    private readonly ConcurrentQueue<string> _told = new();
    private Signal _last;

    public FunctionTrustTests()
    {
        var time = new FakeTimeProvider();
        var metrics = new GatewayMetrics(Prometheus.Metrics.NewCustomRegistry());
        _trust = new TrustJudge(new TrustOptions(), time, new TrustMetrics(metrics.Registry), NullLogger.Instance) { Observer = this };
        _bench = new FunctionBench(time, trust: _trust);
    }

    void ITrustObserver.OnGroup(SourceGroup group, SignalKind earliest) => _told.Enqueue($"{group} {earliest}");

    void ITrustObserver.OnAll(SignalKind earliest) => _told.Enqueue($"all {earliest}");

    [Theory]
    [InlineData(nameof(Tier.Stopped))]
    [InlineData(nameof(Tier.Paused))]
    public async Task Syn_NothingFollows_RestsAgainWhereItWas(string name)
    {
        var tier = Enum.Parse<Tier>(name);
        var function = _bench.Make(FunctionBench.Options() with { Idle = new IdleOptions { Tier = tier } });
        await _bench.RunningAsync(function);
        await function.SleepAsync();
        await WakeAsync(function);

        _bench.Clock.Advance(Within + TimeSpan.FromMilliseconds(2));

        await Eventually.True(() => function.State == (tier == Tier.Paused ? FunctionState.Paused : FunctionState.Stopped));
        Assert.Equal(ColdStartOutcome.Wasted, _bench.ColdStarts.Last(1, null)[0].Outcome);
    }

    [Fact]
    public async Task Syn_NothingFollowsDuringASlowStart_TheStartEndsAndNoOtherBegins()
    {
        _bench.ReadyAtOnce = false;
        var function = _bench.Make();
        Assert.Equal(SignalOutcome.Woke, function.Wake(Syn(1)));
        await Eventually.True(() => _bench.Runtime.Instances.Count == 1);

        _bench.Clock.Advance(Within + TimeSpan.FromMilliseconds(2));

        await Eventually.True(() => function.State == FunctionState.Stopped);
        Assert.Single(_bench.Runtime.Instances);
        Assert.Equal(ColdStartOutcome.Wasted, Assert.Single(_bench.ColdStarts.Last(10, null)).Outcome);
    }

    [Theory]
    [InlineData("established")]
    [InlineData("accepted")]
    [InlineData("request")]
    public async Task Syn_SomebodyIsThere_StaysUntilItIsIdle(string proof)
    {
        var function = _bench.Make();
        await WakeAsync(function);
        switch (proof)
        {
            case "established":
                // From whomever: the address is the function's own.
                function.Wake(Syn(2) with { Kind = SignalKind.Established });
                break;
            case "accepted":
                function.NoteConnection();
                break;
            default:
                function.PendingColdStart!.NoteRequest(_bench.Time.GetTimestamp());
                break;
        }

        _bench.Clock.Advance(10 * Within);

        Assert.False(function.IsUnproven);
        Assert.Equal(FunctionState.Running, function.State);
    }

    // Whatever the programs take to start: it is unproven instances that are bounded, and not only starts under way.
    [Fact]
    public async Task Syns_OfRandomSources_RunNoMoreInstancesThanTheShareOfSyns()
    {
        var bench = new FunctionBench(_bench.Time, new BudgetOptions { Concurrent = 8 }, trust: _trust);
        var functions = Enumerable.Range(0, 20).Select(i => bench.Make(FunctionBench.Options($"f{i}"))).ToArray();

        Assert.Equal(5, Woken(functions, from: 100));
        await Eventually.True(() => functions.Count(function => function.State == FunctionState.Running) == 5);
        Assert.Equal(0, Woken(functions, from: 200));

        // A connection is proof, and makes room for one more.
        functions[0].NoteConnection();
        Assert.Equal(1, Woken(functions, from: 300));
        await Eventually.True(() => functions.Count(function => function.State == FunctionState.Running) == 6);

        // So is the end of the trials: the five rest again, and the one of the connection runs on.
        bench.Clock.Advance(Within + TimeSpan.FromMilliseconds(2));
        await Eventually.True(() => functions.Count(function => function.State == FunctionState.Running) == 1);
        Assert.Equal(FunctionState.Running, functions[0].State);
        Assert.Equal(5, Woken(functions[6..], from: 400));
    }

    // Each from a group of its own.
    private int Woken(IEnumerable<Function> functions, int from) =>
        functions.Select((function, i) => function.Wake(Syn(1) with { Client = new IPEndPoint(new IPAddress([16, (byte)((from + i) >> 8), (byte)(from + i), 1]), 1) })).Count(outcome => outcome == SignalOutcome.Woke);

    [Fact]
    public async Task Syns_OfOneGroup_NeedAConnectionUntilItIsCalm()
    {
        await WasteAsync(client: 1, times: 3);

        var other = _bench.Make();
        Assert.Equal(SignalOutcome.Distrusted, other.Wake(Syn(1)));
        Assert.Equal("Established", _trust.Groups(10).Single().Restriction.Needs.ToString());
        Assert.Equal(SignalOutcome.Woke, other.Wake(Syn(2)));
        var third = _bench.Make();
        Assert.Equal(SignalOutcome.Woke, third.Wake(Syn(1) with { Kind = SignalKind.Established }));

        _bench.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));
        Assert.Equal(SignalOutcome.Woke, _bench.Make().Wake(Syn(1)));
        Assert.Equal(["10.0.1.0/24 Established", "10.0.1.0/24 Syn"], _told);
    }

    [Fact]
    public async Task Syns_ForOneFunction_FromManyGroups_NeedAConnection()
    {
        var function = _bench.Make();
        for (var i = 1; i <= 3; i++)
        {
            await WasteAsync(function, i);
        }

        Assert.Equal(SignalKind.Established, function.Earliest);
        Assert.Equal(SignalKind.Established, function.Snapshot().Trust!.Needs);
        Assert.Equal(SignalOutcome.Distrusted, function.Wake(Syn(9)));
        Assert.Equal(SignalOutcome.Woke, function.Wake(Syn(9) with { Kind = SignalKind.Established }));
    }

    [Fact]
    public async Task Syns_OfManyGroupsForManyFunctions_OnlyTheProvenAreTrusted()
    {
        var honest = _bench.Make();
        await WakeAsync(honest, client: 200);
        honest.PendingColdStart!.NoteRequest(_bench.Time.GetTimestamp());
        honest.Served(honest.PendingColdStart!, _bench.Time.GetTimestamp());
        var wasted = 0;
        for (; _trust.Whole is null; wasted++)
        {
            await WasteAsync(client: wasted, times: 1);
        }

        Assert.InRange(wasted, 18, 22);
        Assert.Equal(SignalKind.Established, _trust.Whole!.Needs);
        Assert.Equal(["all Established"], _told);
        Assert.Equal(SignalOutcome.Distrusted, _bench.Make().Wake(Syn(201)));
        Assert.Equal(SignalOutcome.Woke, _bench.Make().Wake(Syn(200)));
        var arrival = await _bench.RequestAsync(_bench.Make());
        Assert.True(arrival.IsRunning);
    }

    [Fact]
    public async Task Update_SwitchedOff_EverybodyIsTrusted()
    {
        await WasteAsync(client: 1, times: 3);
        _trust.Update(new TrustOptions { Enabled = false });

        Assert.Equal(SignalOutcome.Woke, _bench.Make().Wake(Syn(1)));
        Assert.Empty(_trust.Groups(10));
        Assert.Equal("10.0.1.0/24 Syn", _told.Last());
    }

    [Fact]
    public async Task Request_ClientLeavesBeforeTheStartBegan_GivesUpItsPlace()
    {
        var bench = new FunctionBench(budget: new BudgetOptions { Concurrent = 1 }) { ReadyAtOnce = false };
        var (busy, wanted, last) = (bench.Make(), bench.Make(), bench.Make());
        _ = bench.RequestAsync(busy);
        await Eventually.True(() => bench.Runtime.Instances.Count == 1);
        using var gone = new CancellationTokenSource();
        var request = bench.RequestAsync(wanted, gone.Token);
        var patient = bench.RequestAsync(last);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await Eventually.True(() => wanted.State == FunctionState.Stopped);

        bench.Runtime.Instances.Single().Ready.SetResult();
        await Eventually.True(() => bench.Runtime.Instances.Count == 2);
        bench.Runtime.Instances.Last().Ready.SetResult();

        Assert.True((await FunctionBench.Within(patient)).IsRunning);
        Assert.Equal(FunctionState.Stopped, wanted.State);
        Assert.Equal(2, bench.Runtime.Instances.Count);
    }

    private async Task WasteAsync(int client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await WasteAsync(_bench.Make(), client);
        }
    }

    private async Task WasteAsync(Function function, int client)
    {
        await WakeAsync(function, client);
        _bench.Clock.Advance(Within + TimeSpan.FromMilliseconds(2));
        await Eventually.True(() => function.State == FunctionState.Stopped && _bench.ColdStarts.Last(1000, null).Any(cold => cold.Signal == _last));
    }

    private async Task WakeAsync(Function function, int client = 1)
    {
        _last = Syn(client);
        Assert.Equal(SignalOutcome.Woke, function.Wake(_last));
        await Eventually.True(() => function.State == FunctionState.Running);
    }

    private Signal Syn(int client) => new(SignalKind.Syn, _bench.Time.GetTimestamp(), new IPEndPoint(new IPAddress([10, 0, (byte)client, 7]), 40_000));
}
