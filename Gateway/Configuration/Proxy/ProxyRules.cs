using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Configuration.Proxy;

/// <summary>
/// Asks YARP's own validator, transforms and policies for their judgement, without a running proxy. It has services of its own, because a
/// configuration is judged before there is an application, and by <c>check</c> without one.
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
        // Session affinity needs a provider. Nothing is protected here, and an ephemeral one writes no keys.
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

    /// <summary>The only instance. It keeps nothing of what it judges.</summary>
    public static ProxyRules Shared => Made.Value;

    /// <summary>The names of the load balancing policies. The following properties are the names of other kinds of policy of YARP.</summary>
    public IReadOnlyList<string> LoadBalancing { get; }

    public IReadOnlyList<string> Affinity { get; }

    public IReadOnlyList<string> AffinityFailure { get; }

    public IReadOnlyList<string> AvailableDestinations { get; }

    public IReadOnlyList<string> ActiveHealth { get; }

    public IReadOnlyList<string> PassiveHealth { get; }

    /// <summary>Returns what YARP finds wrong with a route. The policies that it names are left out, because <see cref="RoutePolicies"/> checks them.</summary>
    public IEnumerable<string> Judge(RouteConfig route) => Sentences(_validator.ValidateRouteAsync(route with
    {
        AuthorizationPolicy = null,
        CorsPolicy = null,
        RateLimiterPolicy = null,
        OutputCachePolicy = null,
        TimeoutPolicy = null,
        // Each transform is judged on its own, so that its mistakes have its path.
        Transforms = null,
    }));

    /// <summary>Returns what YARP finds wrong with a cluster.</summary>
    public IEnumerable<string> Judge(ClusterConfig cluster) => Sentences(_validator.ValidateClusterAsync(cluster));

    /// <summary>Has YARP judge one transform. It is built too, because YARP may be unable to build what it found valid.</summary>
    /// <returns>Returns what is wrong, which is nothing if the transform is good, or null if YARP does not know the transform.</returns>
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

    /// <summary>
    /// Returns why routing cannot use the path of a route, or null if it can. Unless an unknown constraint is found here, the first request fails
    /// because of it, and with it all others.
    /// </summary>
    public string? JudgePath(string path)
    {
        try
        {
            foreach (var parameter in RoutePatternFactory.Parse(path).Parameters)
            {
                foreach (var policy in parameter.ParameterPolicies)
                {
                    // The constraint is used once, because a regular expression is not parsed before that.
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

    // This does not block: only the policies that were left out are validated asynchronously.
    private static IEnumerable<string> Sentences(ValueTask<IList<Exception>> errors) => errors.AsTask().GetAwaiter().GetResult().Select(Sentence);

    private static string Sentence(Exception error)
    {
        // An ArgumentException's message names a parameter of the code behind the sentence.
        var text = error.Message.Split(" (Parameter '", 2)[0].Trim();
        return text.EndsWith('.') || text.EndsWith('?') ? text : text + ".";
    }

    private string[] Names<T>(Func<T, string> name) => [.. _services.GetServices<T>().Select(name)];
}
