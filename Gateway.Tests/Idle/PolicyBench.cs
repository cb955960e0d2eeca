using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Runtimes.Engines;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Idle;

/// <summary>The policy with a clock and one function, and everything that it reports.</summary>
internal sealed class PolicyBench : IRestEvents
{
    public static readonly TimeSpan After = TimeSpan.FromMinutes(5);
    private static readonly Tier[] All = [Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running];

    public PolicyBench() => Policy = new RestPolicy(Clock, this);

    public FakeTimeProvider Clock { get; } = new();

    public RestPolicy Policy { get; }

    public FunctionOptions Options { get; set; } = new() { Name = "hello", Run = new ContainerRunOptions("Docker") { Image = "hello:1" }, Idle = new IdleOptions { After = After } };

    public IReadOnlyList<Tier> Tiers { get; set; } = All;

    public int OpenConnections { get; set; }

    public List<(RestDecision Decision, RestCause Cause)> Decisions { get; } = [];

    public List<Tier> Probes { get; } = [];

    public int Expecting { get; private set; }

    public RestDecision Ask(Tier current = Tier.Running, TimeSpan? idle = null) =>
        Policy.Decide(new RestQuestion(Options, Tiers, current, idle ?? After, OpenConnections));

    public PolicyBench Wakes(Tier from, params double[] milliseconds)
    {
        // The policy forgets measurements of another program, so it has to know this one first.
        Ask(idle: TimeSpan.Zero);
        foreach (var one in milliseconds)
        {
            Policy.NoteWake("hello", from, TimeSpan.FromMilliseconds(one));
        }

        return this;
    }

    public PolicyBench Clients(params double[] milliseconds)
    {
        Ask(idle: TimeSpan.Zero);
        foreach (var one in milliseconds)
        {
            Policy.NoteWindow("hello", SignalKind.Syn, TimeSpan.FromMilliseconds(one));
        }

        return this;
    }

    /// <summary>Adds uses at equal intervals, the last one now.</summary>
    public PolicyBench Uses(TimeSpan gap, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Clock.Advance(gap);
            Policy.NoteArrival("hello", Clock.GetTimestamp());
        }

        return this;
    }

    public void Decided(string function, RestDecision decision, RestCause cause) => Decisions.Add((decision, cause));

    public void Probing(string function, Tier tier) => Probes.Add(tier);

    void IRestEvents.Expecting(string function) => Expecting++;
}
