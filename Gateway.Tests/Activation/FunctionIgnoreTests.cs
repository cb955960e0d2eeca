using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>What is no use of a function: ignored requests, and connections on which nothing is asked.</summary>
public sealed class FunctionIgnoreTests
{
    private static readonly IPAddress s_source = IPAddress.Parse("198.51.100.4");

    private readonly FunctionBench _bench = new();

    [Theory]
    [InlineData(nameof(SignalKind.Syn))]
    [InlineData(nameof(SignalKind.Established))]
    [InlineData(nameof(SignalKind.ClientHello))]
    public void Wake_SourceOfAnEntry_IsIgnored(string name)
    {
        var kind = Enum.Parse<SignalKind>(name);
        var ignored = new IgnoreOptions { Rules = [new IgnoreRule { Source = IPNetwork.Parse("198.51.100.0/24") }] };
        var function = _bench.Make(FunctionBench.Options() with { Idle = new IdleOptions { Ignore = ignored } });

        Assert.Equal(SignalOutcome.Ignored, function.Wake(_bench.Signal(kind)));
        Assert.Equal(SignalOutcome.Woke, function.Wake(new Signal(kind, _bench.Time.GetTimestamp(), new IPEndPoint(IPAddress.Parse("198.51.101.4"), 1))));
    }

    // The header of a load balancer names the client, and the entry the load balancer.
    [Fact]
    public void Wake_ConnectionOfASourceOfAnEntry_IsIgnored()
    {
        var ignored = new IgnoreOptions { Rules = [new IgnoreRule { Source = IPNetwork.Parse("10.0.0.1/32") }] };
        var function = _bench.Make(FunctionBench.Options() with { Idle = new IdleOptions { Ignore = ignored } });

        Assert.Equal(SignalOutcome.Ignored, function.Wake(_bench.Signal(SignalKind.ClientHello) with { Source = IPAddress.Parse("10.0.0.1") }));
    }

    [Fact]
    public void Wake_AfterAnIgnoredRequest_WaitsForTheRequestUntilItUsesTheFunction()
    {
        var function = _bench.Make();
        function.NoteIgnored(s_source, s_source, isAtRest: true);

        Assert.Equal(SignalOutcome.Distrusted, function.Wake(_bench.Signal(SignalKind.Syn)));
        Assert.Equal(SignalOutcome.Distrusted, function.Wake(_bench.Signal(SignalKind.ClientHello)));
        function.NoteUse(s_source, client: null);

        Assert.Equal(SignalOutcome.Woke, function.Wake(_bench.Signal(SignalKind.Syn)));
    }

    [Fact]
    public void Dispose_ConnectionWithoutAWord_MakesItsSourceQuiet()
    {
        var function = _bench.Make();
        using (var connection = new ClientConnection(s_source, new YoungConnections()))
        {
            connection.Expect(function, s_source, _bench.Time.GetTimestamp());
        }

        Assert.True(function.Quiet.Has(s_source));
        Assert.Equal(SignalOutcome.Distrusted, function.Wake(_bench.Signal(SignalKind.Established)));
    }

    // Browsers open more connections than they need.
    [Fact]
    public void Dispose_ConnectionWithoutAWordBesideARequest_MeansNothing()
    {
        var function = _bench.Make();
        using (var connection = new ClientConnection(s_source, new YoungConnections()))
        {
            connection.Expect(function, s_source, _bench.Time.GetTimestamp());
            _bench.Clock.Advance(TimeSpan.FromSeconds(5));
            function.NoteArrival(_bench.Time.GetTimestamp());
            _bench.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.True(function.Quiet.IsEmpty);
    }

    [Fact]
    public void Dispose_ConnectionThatAsked_MeansNothing()
    {
        var function = _bench.Make();
        using (var connection = new ClientConnection(s_source, new YoungConnections()))
        {
            connection.Expect(function, s_source, _bench.Time.GetTimestamp());
            connection.Use(function);
        }

        Assert.True(function.Quiet.IsEmpty);
    }

    [Fact]
    public async Task ReleaseIgnored_RestWasDue_HasItDecidedAgainAtOnce()
    {
        var due = 0;
        var bench = new FunctionBench(observers: new RestObserver(() => due++));
        var function = bench.Make();
        var instance = await bench.RunningAsync(function);
        bench.Clock.Advance(function.Options.Idle.After);
        due = 0;
        Assert.True(instance.TryLease());
        Assert.NotNull(function.RestIfIdle());
        Assert.Single(function.Running);

        function.ReleaseIgnored(instance);

        Assert.Equal(1, due);
        function.RestIfIdle();
        Assert.Empty(function.Running);
    }

    [Fact]
    public async Task ReleaseIgnored_NotDueYet_PushesNothingBack()
    {
        var function = _bench.Make();
        var instance = await _bench.RunningAsync(function);
        _bench.Clock.Advance(function.Options.Idle.After - TimeSpan.FromSeconds(1));
        Assert.True(instance.TryLease());
        function.ReleaseIgnored(instance);

        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        function.RestIfIdle();

        Assert.Empty(function.Running);
    }

    [Fact]
    public void Quiet_Sources_AreBoundedAndOfOneHostEach()
    {
        var quiet = new QuietSources();
        Assert.True(quiet.Note(IPAddress.Parse("2001:db8::1")));
        Assert.False(quiet.Note(IPAddress.Parse("2001:db8::ffff:2")));
        Assert.True(quiet.Has(IPAddress.Parse("2001:db8::3")));
        Assert.True(quiet.Note(IPAddress.Parse("::ffff:10.0.0.1")));
        Assert.True(quiet.Has(IPAddress.Parse("10.0.0.1")));

        for (var i = 0; i < 2 * QuietSources.Most; i++)
        {
            quiet.Note(new IPAddress([10, 1, (byte)(i >> 8), (byte)i]));
        }

        Assert.Equal(QuietSources.Most, quiet.All.Count);
        Assert.False(quiet.Has(IPAddress.Parse("10.0.0.1")));
        Assert.All(quiet.All.Select(source => source.BaseAddress).ToArray(), address => Assert.True(quiet.Forget(address)));
        Assert.True(quiet.IsEmpty);
    }

    private sealed class RestObserver(Action due) : IFunctionObserver
    {
        public void OnRestDue(Function function) => due();
    }
}
