using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Tests.Activation;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class RestRulesTests
{
    private static readonly TimeSpan After = new IdleOptions().After;
    private static readonly Tier[] All = [Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running];

    [Theory]
    [InlineData(Tier.Stopped)]
    [InlineData(Tier.Initialized)]
    [InlineData(Tier.Paused)]
    [InlineData(Tier.Running)]
    internal void Decide_FixedTierAndIdleOver_IsThatTierAndThePolicyIsNotAsked(Tier tier)
    {
        var policy = new ScriptedPolicy();

        var decision = RestRules.Decide(policy, Question(new IdleOptions { Tier = tier }, After));

        Assert.Equal(tier, decision.Tier);
        Assert.Null(decision.LookAgain);
        Assert.Empty(policy.Questions);
    }

    [Fact]
    public void Decide_FixedTierAndIdleNotOver_StaysAndLooksAgainThen()
    {
        var decision = RestRules.Decide(new ScriptedPolicy(), Question(new IdleOptions { Tier = Tier.Stopped }, After - TimeSpan.FromSeconds(2)));

        Assert.Equal((Tier.Running, TimeSpan.FromSeconds(2)), (decision.Tier, decision.LookAgain));
    }

    [Theory]
    [InlineData(null, null, 0, Tier.Stopped)]
    [InlineData(null, null, 1, Tier.Paused)]
    [InlineData(null, Tier.Running, 1, Tier.Running)]
    [InlineData(null, Tier.Initialized, 1, Tier.Initialized)]
    [InlineData(null, Tier.Stopped, 1, Tier.Stopped)]
    [InlineData(Tier.Stopped, null, 1, Tier.Stopped)]
    [InlineData(Tier.Stopped, Tier.Paused, 1, Tier.Paused)]
    internal void Decide_ClientsConnected_NotDeeperThanTheKeepAliveTier(Tier? tier, Tier? keep, int connections, Tier expected)
    {
        var policy = new ScriptedPolicy { Answer = _ => new RestDecision(Tier.Stopped, "why not") };

        var decision = RestRules.Decide(policy, Question(new IdleOptions { Tier = tier, KeepAliveTier = keep }, After, connections));

        Assert.Equal(expected, decision.Tier);
        if (expected != Tier.Stopped)
        {
            Assert.Contains("1 client connections are open", decision.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Decide_ClientsConnectedAndAlreadyDeeper_StaysThere()
    {
        var policy = new ScriptedPolicy { Answer = _ => new RestDecision(Tier.Stopped, "why not") };

        var decision = RestRules.Decide(policy, Question(new IdleOptions(), After, connections: 3, Tier.Initialized));

        Assert.Equal(Tier.Initialized, decision.Tier);
    }

    [Fact]
    public void Decide_RuntimeWithoutTheKeepAliveTier_KeepsTheNextHigher()
    {
        var policy = new ScriptedPolicy { Answer = _ => new RestDecision(Tier.Stopped, "why not") };
        var question = Question(new IdleOptions(), After, connections: 1) with { Tiers = [Tier.Stopped, Tier.Running] };

        Assert.Equal(Tier.Running, RestRules.Decide(policy, question).Tier);
    }

    private static RestQuestion Question(IdleOptions idle, TimeSpan unused, int connections = 0, Tier current = Tier.Running) =>
        new(FunctionBench.Options() with { Idle = idle }, All, current, unused, connections);
}
