using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Applies the rules that hold for every policy: a fixed tier in the configuration, and clients that are still connected.</summary>
internal static class RestRules
{
    /// <summary>Returns the tier in which the function should be now, by its configuration or else by the policy.</summary>
    public static RestDecision Decide(IRestPolicy policy, in RestQuestion question)
    {
        var idle = question.Function.Idle;
        var decision = idle.Tier is { } tier ? Fixed(tier, question) : policy.Decide(question);
        return KeepNear(decision, question);
    }

    private static RestDecision Fixed(Tier tier, in RestQuestion question)
    {
        var left = question.Function.Idle.After - question.Idle;
        return tier == Tier.Running || left <= TimeSpan.Zero
            ? new RestDecision(tier, $"Idle:Tier is {tier}.")
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
