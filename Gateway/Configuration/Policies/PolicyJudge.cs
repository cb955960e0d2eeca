using Gateway.Configuration.Proxy;

namespace Gateway.Configuration.Policies;

/// <summary>
/// Checks that the policies that routes and functions name exist. Each pass checks all of them, because a policy may be gone while the route that
/// names it has not changed.
/// </summary>
internal sealed class PolicyJudge(PolicyOptions policies, ReadContext context)
{
    private const string Default = "Default";
    private const string Disable = "Disable";
    private const string Anonymous = "Anonymous";

    /// <summary>Returns why clients cannot be authenticated for a policy that names no scheme, or null if they can.</summary>
    public static string? NobodyToAsk(AuthenticationSchemes? schemes) => schemes switch
    {
        null or { Names.Count: 0 } => "nobody can tell who a client is; add Authentication:Schemes.",
        { Default: null } => "there are several Authentication:Schemes; choose one with Authentication:DefaultScheme, or name them under AuthenticationSchemes.",
        _ => null,
    };

    /// <summary>Checks all references. It is to be called after all routes and functions were read.</summary>
    /// <returns>Returns the kinds of policy that are in use.</returns>
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

    // Without the CORS middleware the framework refuses an endpoint that names any CORS policy. For the other kinds the special names need no
    // middleware.
    private static PolicyKinds Kind(PolicyReference reference) => reference.Kind switch
    {
        PolicyKind.Cors => PolicyKinds.Cors,
        PolicyKind.Authorization when !Is(reference, Anonymous) => PolicyKinds.Authorization,
        PolicyKind.RateLimiter when !Is(reference, Default) && !Is(reference, Disable) => PolicyKinds.RateLimiter,
        PolicyKind.OutputCache => PolicyKinds.OutputCache,
        _ => PolicyKinds.None,
    };

    /// <summary>Returns what a special name needs and does not have, or null.</summary>
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
