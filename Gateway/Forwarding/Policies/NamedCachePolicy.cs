using Gateway.Configuration.Policies;
using Gateway.Forwarding.Waiting;
using Gateway.Listening;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Caches the answers of one route, by the policy that has the name in the configuration of now. The framework's rules are made for an
/// application that caches its own answers. Here they are answers of a function, so its Cache-Control and Vary (RFC 9111) count,
/// and everything that may lead to another answer is part of the key.
/// </summary>
internal sealed class NamedCachePolicy(PolicySource policies, string name, string route) : IOutputCachePolicy
{
    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        // Those who follow a start must not wait for each other's answers.
        if (StartEvents.IsFor(context.HttpContext.Request) || policies.Find(name, static options => options.OutputCache?.Value.Named) is not { } policy)
        {
            return ValueTask.CompletedTask;
        }

        var may = MayUse(context.HttpContext);
        context.EnableOutputCaching = true;
        context.AllowCacheLookup = may;
        context.AllowCacheStorage = may;
        context.AllowLocking = policy.Locking;
        context.ResponseExpirationTimeSpan = policy.Expire;
        var rules = context.CacheVaryByRules;
        rules.VaryByHost = policy.VaryByHost;
        // Functions that compress answer according to this header.
        rules.HeaderNames = (string[])[.. policy.VaryByHeader, HeaderNames.AcceptEncoding];
        Target(context.HttpContext, policy, rules);
        context.HttpContext.Features.Set(new CachedRequest(context, policy));
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Decides at the end of an answer. One that broke off must not be cached.</summary>
    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        context.HttpContext.Features.Get<CachedRequest>()?.Judge();
        if (context.HttpContext.Features.Get<Yarp.ReverseProxy.Forwarder.IForwarderErrorFeature>() is not null || context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            context.AllowCacheStorage = false;
        }

        return ValueTask.CompletedTask;
    }

    private static bool MayUse(HttpContext context)
    {
        var request = context.Request;
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && request.Headers.Authorization.Count == 0
            && context.User.Identity?.IsAuthenticated != true;
    }

    // The framework decodes the path and sorts the query, so that different targets would share an answer. A function's own
    // addresses take any Host, so that the Host does not identify the function.
    private void Target(HttpContext context, CachePolicy policy, CacheVaryByRules rules)
    {
        var function = context.Features.Get<Listener>()?.Function?.Name;
        rules.VaryByValues["route"] = function is null ? $"r:{route}" : $"f:{function}";
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        if (policies.Current.OutputCache?.Value.UseCaseSensitivePaths == false)
        {
            path = path.ToUpperInvariant();
        }

        if (policy.VaryByQuery is ["*"])
        {
            path = query < 0 ? path : $"{path}{target[query..]}";
        }
        else
        {
            rules.QueryKeys = policy.VaryByQuery;
        }

        rules.VaryByValues["target"] = path;
    }
}
