using Gateway.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Forwarding.Policies;

/// <summary>Puts ASP.NET Core's own middlewares between routing and YARP.</summary>
internal static class PolicyServices
{
    /// <summary>Adds the services. Call it before YARP's services are added, which add defaults for what is missing.</summary>
    public static void AddPolicies(this IServiceCollection services)
    {
        services.AddSingleton(provider => provider.GetRequiredService<ValidatedConfiguration>().Policies);
        services.AddSingleton<ICorsPolicyProvider, LiveCorsPolicies>();
        services.AddCors();
        services.AddSingleton<IAuthenticationConfigurationProvider, ValidatedAuthentication>();
        services.AddAuthentication().AddJwtBearer();
        services.AddSingleton<LiveSchemes>();
        services.AddSingleton<IAuthorizationPolicyProvider, LiveAuthorizationPolicies>();
        services.AddAuthorization();
        services.AddSingleton<RequestLimits>();
        services.AddRateLimiter();
        services.AddSingleton<AnswerStore>();
        services.AddSingleton<IOutputCacheStore>(provider => provider.GetRequiredService<AnswerStore>());
        services.AddSingleton<IOptions<OutputCacheOptions>>(provider => provider.GetRequiredService<AnswerStore>());
        services.AddOutputCache();
        services.AddSingleton<IOptionsMonitor<RequestTimeoutOptions>, LiveTimeouts>();
        services.AddRequestTimeouts();
        services.AddSingleton<PolicyRoutes>();
        services.AddSingleton<IProxyConfigFilter>(provider => provider.GetRequiredService<PolicyRoutes>());
        services.AddSingleton<ITransformProvider>(provider => provider.GetRequiredService<PolicyRoutes>());
    }

    /// <summary>Adds the middlewares. Call it after routing and before MapReverseProxy.</summary>
    public static void UsePolicies(this WebApplication app)
    {
        // Without these properties the web application would add both before everything else, where no endpoint is known yet.
        IApplicationBuilder builder = app;
        builder.Properties["__AuthenticationMiddlewareSet"] = true;
        builder.Properties["__AuthorizationMiddlewareSet"] = true;
        app.Services.GetRequiredService<LiveSchemes>();
        app.UseRequestTimeouts();
        app.UseMiddleware<PolicyPipeline>();
    }
}
