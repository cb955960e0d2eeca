using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding.Policies;

/// <summary>CORS policies as the configuration has them now.</summary>
internal sealed class LiveCorsPolicies(PolicySource policies) : ICorsPolicyProvider
{
    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) => Task.FromResult(policyName is null
        ? policies.Current.Cors?.Value.Default
        : policies.Find(policyName, static options => options.Cors?.Value.Named));
}

/// <summary>Authorization policies as the configuration has them now.</summary>
internal sealed class LiveAuthorizationPolicies(PolicySource policies) : IAuthorizationPolicyProvider
{
    private static readonly AuthorizationPolicy AuthenticatedUser = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();

    /// <summary>Always false: the framework would cache a policy until the routes change, but policies may change without them.</summary>
    public bool AllowsCachingPolicies => false;

    public Task<AuthorizationPolicy> GetDefaultPolicyAsync() => Task.FromResult(policies.Current.Authorization?.Value.Default ?? AuthenticatedUser);

    public Task<AuthorizationPolicy?> GetFallbackPolicyAsync() => Task.FromResult(policies.Current.Authorization?.Value.Fallback);

    public Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) =>
        Task.FromResult(policies.Find(policyName, static options => options.Authorization?.Value.Named));
}

/// <summary>Request timeouts as the configuration has them now.</summary>
internal sealed class LiveTimeouts : IOptionsMonitor<RequestTimeoutOptions>
{
    private RequestTimeoutOptions _current;

    public LiveTimeouts(PolicySource policies)
    {
        _current = Of(policies);
        policies.OnChange(() => Volatile.Write(ref _current, Of(policies)));
    }

    public RequestTimeoutOptions CurrentValue => Volatile.Read(ref _current);

    public RequestTimeoutOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<RequestTimeoutOptions, string?> listener) => null;

    private static RequestTimeoutOptions Of(PolicySource policies)
    {
        var options = new RequestTimeoutOptions { DefaultPolicy = policies.Current.RequestTimeouts?.Value.Default };
        foreach (var name in policies.Names(static options => options.RequestTimeouts?.Value.Named))
        {
            options.Policies[name] = policies.Find(name, static options => options.RequestTimeouts?.Value.Named)!;
        }

        return options;
    }
}
