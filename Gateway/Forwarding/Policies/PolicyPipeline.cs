using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpsPolicy;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Runs ASP.NET Core's own middlewares between routing and YARP, in the order that their documentation and YARP's give. Requests that they
/// answer themselves (a redirect, a preflight, 401, 403, 429, a cached answer) never reach the hold, so they wake nothing.
/// Each middleware is in the pipeline while the configuration uses it, and follows a reload.
/// </summary>
internal sealed class PolicyPipeline
{
    private static readonly object InUse = new();

    private readonly RequestDelegate _next;
    private readonly RequestDelegate _first;
    private readonly IServiceProvider _services;
    private readonly MiddlewareSlot[] _slots;
    private readonly Lock _gate = new();
    private volatile bool _inUse;

    public PolicyPipeline(RequestDelegate next, PolicySource policies, IServiceProvider services)
    {
        (_next, _services) = (next, services);
        // They are made from the last to the first, because each is made before the one after it. A cache outside the compression would
        // give one client's encoding to another. A limiter after the authentication can count by user, and one before the
        // authorization counts clients that guess tokens too. CORS comes before everything that answers, so that pages can read the answers.
        Func<RequestDelegate, MiddlewareSlot>[] order =
        [
            after => new(after, () => Used(policies, options => options.UsesOutputCache), Framework(app => app.UseOutputCache())),
            after => new(after, () => policies.Current.ResponseCompression, next => Compression(policies.Current.ResponseCompression!.Value, next)),
            after => new(after, () => Used(policies, options => options.UsesAuthorization), Framework(app => app.UseAuthorization())),
            after => new(after, () => Used(policies, options => options.UsesRateLimiter), Framework(UseRateLimiter)),
            after => new(after, () => Used(policies, options => options.UsesAuthentication), Framework(app => app.UseAuthentication())),
            after => new(after, () => Used(policies, options => options.UsesCors), Framework(app => app.UseCors())),
            after => new(after, () => policies.Current.Hsts, next => new HstsMiddleware(next, Options.Create(policies.Current.Hsts!.Value)).Invoke),
            after => new(after, () => policies.Current.HttpsRedirection, next => new HttpsRedirection(next, policies.Current.HttpsRedirection!).InvokeAsync),
        ];
        var slots = new List<MiddlewareSlot>();
        _first = next;
        foreach (var make in order)
        {
            var slot = make(_first);
            _first = slot.InvokeAsync;
            slots.Add(slot);
        }

        _slots = [.. slots];
        policies.OnChange(Update);
        Update();
    }

    public Task InvokeAsync(HttpContext context) => _inUse && !IsWarmUp(context) ? _first(context) : _next(context);

    // No policy applies to the gateway's own requests. Requests of others on that route are answered 404 by the hold.
    private static bool IsWarmUp(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { Config.RouteId: FunctionClusters.WarmUpRoute };

    private static object? Used(PolicySource policies, Func<PolicyOptions, bool> something) => policies.Uses(something) ? InUse : null;

    private void Update()
    {
        lock (_gate)
        {
            var inUse = false;
            foreach (var slot in _slots)
            {
                inUse |= slot.Update();
            }

            _inUse = inUse;
        }
    }

    private Func<RequestDelegate, RequestDelegate> Framework(Action<IApplicationBuilder> use) => next =>
    {
        var app = new ApplicationBuilder(_services);
        use(app);
        app.Run(next);
        return app.Build();
    };

    private void UseRateLimiter(IApplicationBuilder app)
    {
        // If the time of a request ends in the queue of a limit, the framework behaves as if its client had left.
        app.Use(async (context, next) =>
        {
            await next(context);
            if (!context.Response.HasStarted && RequestTimeLimit.IsOver(context) && context.Response.StatusCode == StatusCodes.Status200OK)
            {
                await Problem.RequestTimeoutAsync(context, RequestTimeLimit.Status(context, _services.GetRequiredService<IOptionsMonitor<RequestTimeoutOptions>>()));
            }
        });
        app.UseRateLimiter(_services.GetRequiredService<RequestLimits>().Options);
    }

    private RequestDelegate Compression(ResponseCompressionSettings settings, RequestDelegate next) =>
        new ResponseCompressionMiddleware(next, new ProxiedCompression(_services, settings)).Invoke;
}
