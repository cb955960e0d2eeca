using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Applies the rules that hold for every policy: a fixed tier in the configuration, clients that are still connected, and functions that need this one.</summary>
internal static class RestRules
{
    /// <summary>Returns the tier in which the function should be now, by its configuration or else by the policy.</summary>
    public static RestDecision Decide(IRestPolicy policy, in RestQuestion question)
    {
        var idle = question.Function.Idle;
        var decision = idle.Tier is { } tier ? Fixed(tier, question) : Auto(policy, question);
        return KeepBound(KeepNear(decision, question), question);
    }

    // Another function needs its program.
    private static RestDecision KeepBound(RestDecision decision, in RestQuestion question)
    {
        if (question.Bound is not { } bound || decision.Tier >= question.Current || decision.Tier >= bound.Floor)
        {
            return decision;
        }

        var floor = question.Tiers.First(tier => tier >= bound.Floor);
        return decision with { Tier = floor < question.Current ? floor : question.Current, Reason = bound.Reason, LookAgain = bound.LookAgain };
    }

    private static RestDecision Auto(IRestPolicy policy, in RestQuestion question)
    {
        var decision = policy.Decide(question);
        return question.Missing is { } missing ? decision with { Reason = $"{decision.Reason}; a tier is missing: {missing}" } : decision;
    }

    // A tier that it does not have was chosen for what it costs, so the next deeper one stands in for it.
    private static RestDecision Fixed(Tier tier, in RestQuestion question)
    {
        var left = question.Function.Idle.After - question.Idle;
        var rests = question.Tiers.Last(known => known <= tier);
        return rests >= question.Current || left <= TimeSpan.Zero
            ? new RestDecision(rests, rests == tier ? $"Idle:Tier is {tier}." : $"Idle:Tier is {tier}, which it does not have: {question.Missing}.")
            : new RestDecision(question.Current, "Idle:After is not over.", LookAgain: left);
    }

    // A client that kept its connection sends its next request without a SYN. When the last of these connections closes, the
    // function is looked at again.
    private static RestDecision KeepNear(RestDecision decision, in RestQuestion question)
    {
        var idle = question.Function.Idle;
        if (question.OpenConnections == 0 || decision.Tier >= question.Current)
        {
            return decision;
        }

        var keep = idle.KeepAliveTier ?? idle.Tier ?? Tier.Paused;
        var floor = question.Tiers.First(tier => tier >= keep);
        return decision.Tier >= floor
            ? decision
            : decision with
            {
                Tier = floor < question.Current ? floor : question.Current,
                Reason = $"Not deeper than {keep} while {question.OpenConnections} client connections are open. {decision.Reason}",
            };
    }
}
