using Gateway.Configuration.Proxy;

namespace Gateway.Configuration.Policies;

/// <summary>
/// Holds the policies that routes and functions name against those that there are. Each pass looks at all of them: a policy
/// may be gone while the route that names it has not changed.
/// </summary>
internal sealed class PolicyJudge(PolicyOptions policies, ReadContext context)
{
    private const string Default = "Default";
    private const string Disable = "Disable";
    private const string Anonymous = "Anonymous";

    /// <summary>Why nobody can tell who a client is when a policy says no scheme; null: somebody can.</summary>
    public static string? NobodyToAsk(AuthenticationSchemes? schemes) => schemes switch
    {
        null or { Names.Count: 0 } => "nobody can tell who a client is; add Authentication:Schemes.",
        { Default: null } => "there are several Authentication:Schemes; choose one with Authentication:DefaultScheme, or name them under AuthenticationSchemes.",
        _ => null,
    };

    /// <summary>After all routes and functions were read.</summary>
    /// <returns>The kinds of policy that are in use.</returns>
    public PolicyKinds Judge()
    {
        Define();
        var named = PolicyKinds.None;
        foreach (var reference in context.References)
        {
            context.Policies.Check(reference, context);
            named |= Kind(reference);
            if (Without(reference) is { } why)
            {
                context.Error(reference.Path, reference.Source, why);
            }
        }

        return named;
    }

    private void Define()
    {
        context.Policies.Define(PolicyKind.Authorization, "Authorization:Policies", policies.Authorization?.Value.Named.Keys ?? [], [Default, Anonymous]);
        context.Policies.Define(PolicyKind.Cors, "Cors:Policies", policies.Cors?.Value.Named.Keys ?? [], [Default, Disable]);
        context.Policies.Define(PolicyKind.RateLimiter, "RateLimiter:Policies", policies.RateLimiter?.Value.Named.Keys ?? [], [Default, Disable]);
        context.Policies.Define(PolicyKind.OutputCache, "OutputCache:Policies", policies.OutputCache?.Value.Named.Keys ?? [], []);
        context.Policies.Define(PolicyKind.Timeout, "RequestTimeouts:Policies", policies.RequestTimeouts?.Value.Named.Keys ?? [], [Disable]);
    }

    // The framework refuses an endpoint that says anything of CORS when its middleware is not there; of the others the
    // special names ask for nothing.
    private static PolicyKinds Kind(PolicyReference reference) => reference.Kind switch
    {
        PolicyKind.Cors => PolicyKinds.Cors,
        PolicyKind.Authorization when !Is(reference, Anonymous) => PolicyKinds.Authorization,
        PolicyKind.RateLimiter when !Is(reference, Default) && !Is(reference, Disable) => PolicyKinds.RateLimiter,
        PolicyKind.OutputCache => PolicyKinds.OutputCache,
        _ => PolicyKinds.None,
    };

    private string? Without(PolicyReference reference) => reference.Kind switch
    {
        PolicyKind.Cors when Is(reference, Default) && policies.Cors?.Value.Default is null =>
            "there is no default policy; add Cors:DefaultPolicy.",
        PolicyKind.Authorization when Is(reference, Default) && policies.Authorization?.Value.Default is null && NobodyToAsk(policies.Authentication?.Value) is { } why =>
            $"'Default' asks for an authenticated user, and {why}",
        _ => null,
    };

    private static bool Is(PolicyReference reference, string word) => word.Equals(reference.Name, StringComparison.OrdinalIgnoreCase);
}
