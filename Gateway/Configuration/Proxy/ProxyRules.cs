using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// YARP's own judgement, without a running proxy: its validator, its transforms, and the names of its policies. Made of
/// services of its own, because the configuration is judged before there is an application, and by <c>check</c> without one.
/// </summary>
internal sealed class ProxyRules
{
    private static readonly Lazy<ProxyRules> Made = new(static () => new ProxyRules());

    private readonly IServiceProvider _services;
    private readonly IConfigValidator _validator;
    private readonly ITransformBuilder _builder;
    private readonly ITransformFactory[] _factories;
    private readonly ParameterPolicyFactory _constraints;

    private ProxyRules()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddReverseProxy();
        // Session affinity asks for one; nothing is ever protected here, and no key is to be written.
        services.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        _services = services.BuildServiceProvider();
        _validator = _services.GetRequiredService<IConfigValidator>();
        _builder = _services.GetRequiredService<ITransformBuilder>();
        _factories = [.. _services.GetServices<ITransformFactory>()];
        _constraints = _services.GetRequiredService<ParameterPolicyFactory>();
        LoadBalancing = Names<ILoadBalancingPolicy>(policy => policy.Name);
        Affinity = Names<ISessionAffinityPolicy>(policy => policy.Name);
        AffinityFailure = Names<IAffinityFailurePolicy>(policy => policy.Name);
        AvailableDestinations = Names<IAvailableDestinationsPolicy>(policy => policy.Name);
        ActiveHealth = Names<IActiveHealthCheckPolicy>(policy => policy.Name);
        PassiveHealth = Names<IPassiveHealthCheckPolicy>(policy => policy.Name);
    }

    /// <summary>The only one: it keeps nothing of what it judges.</summary>
    public static ProxyRules Shared => Made.Value;

    public IReadOnlyList<string> LoadBalancing { get; }

    public IReadOnlyList<string> Affinity { get; }

    public IReadOnlyList<string> AffinityFailure { get; }

    public IReadOnlyList<string> AvailableDestinations { get; }

    public IReadOnlyList<string> ActiveHealth { get; }

    public IReadOnlyList<string> PassiveHealth { get; }

    /// <summary>What YARP has against a route. Policies that it names are left out: <see cref="RoutePolicies"/> knows them.</summary>
    public IEnumerable<string> Judge(RouteConfig route) => Sentences(_validator.ValidateRouteAsync(route with
    {
        AuthorizationPolicy = null,
        CorsPolicy = null,
        RateLimiterPolicy = null,
        OutputCachePolicy = null,
        TimeoutPolicy = null,
        // Each on its own, so that it has a path.
        Transforms = null,
    }));

    /// <summary>What YARP has against a cluster.</summary>
    public IEnumerable<string> Judge(ClusterConfig cluster) => Sentences(_validator.ValidateClusterAsync(cluster));

    /// <summary>What YARP has against one transform. One that it cannot validate, it may yet be unable to build.</summary>
    /// <returns>Nothing when it is good; null when no factory knows it.</returns>
    public IReadOnlyList<string>? JudgeTransform(IReadOnlyDictionary<string, string> transform)
    {
        var route = new RouteConfig { RouteId = "judged", Match = new RouteMatch { Path = "/{**rest}" }, Transforms = [transform] };
        var context = new TransformRouteValidationContext { Services = _services, Route = route };
        try
        {
            if (!_factories.Any(factory => factory.Validate(context, transform)))
            {
                return null;
            }

            if (context.Errors.Count == 0)
            {
                _builder.Build(route, cluster: null);
            }

            return [.. context.Errors.Select(Sentence)];
        }
        catch (Exception error)
        {
            return [Sentence(error)];
        }
    }

    /// <summary>Why routing could not use a route's path, or null. An unknown constraint fails at the first request otherwise, and with it all of them.</summary>
    public string? JudgePath(string path)
    {
        try
        {
            foreach (var parameter in RoutePatternFactory.Parse(path).Parameters)
            {
                foreach (var policy in parameter.ParameterPolicies)
                {
                    // A regular expression is only read when it is used.
                    if (_constraints.Create(parameter, policy) is IRouteConstraint constraint)
                    {
                        constraint.Match(httpContext: null, route: null, parameter.Name, new RouteValueDictionary { [parameter.Name] = "x" }, RouteDirection.IncomingRequest);
                    }
                }
            }

            return null;
        }
        catch (Exception error)
        {
            return Sentence(error);
        }
    }

    // What validates asynchronously are the policies that were left out.
    private static IEnumerable<string> Sentences(ValueTask<IList<Exception>> errors) => errors.AsTask().GetAwaiter().GetResult().Select(Sentence);

    private static string Sentence(Exception error)
    {
        // An ArgumentException names its parameter in the code behind the sentence.
        var text = error.Message.Split(" (Parameter '", 2)[0].Trim();
        return text.EndsWith('.') || text.EndsWith('?') ? text : text + ".";
    }

    private string[] Names<T>(Func<T, string> name) => [.. _services.GetServices<T>().Select(name)];
}
