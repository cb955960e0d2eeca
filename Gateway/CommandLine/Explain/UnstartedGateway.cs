using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Runtimes;
using Gateway.Signals;
using Gateway.Telemetry.AccessLogs;
using Prometheus;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Gateway.CommandLine.Explain;

/// <summary>
/// The gateway of a configuration, put together as a start does, and not started: it listens nowhere, attaches nothing and starts nothing. Its tables and its
/// pipeline of requests say what a running one would do.
/// </summary>
internal sealed class UnstartedGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RequestDelegate _pipeline;

    private UnstartedGateway(WebApplication app, GatewayOptions options)
    {
        (_app, Options) = (app, options);
        _ = Get<FunctionRegistry>().Apply(options);
        Listeners.Update(options);
        Hosts.Update(options);
        StartSteps.UsePipeline(app);
        var builder = (IApplicationBuilder)app;
        builder.Use(_ => ArriveAsync);
        // It is never called, but tells routing of the endpoints, which a start does last.
        builder.UseEndpoints(static _ => { });
        _pipeline = builder.Build();
    }

    public GatewayOptions Options { get; }

    /// <summary>Gets what each address is for.</summary>
    public Listeners Listeners => Get<Listeners>();

    /// <summary>Gets the functions of server names.</summary>
    public HostNames Hosts => Get<HostNames>();

    /// <summary>Gets the access lists.</summary>
    public AccessLists Access => Get<AccessLists>();

    /// <summary>Gets who has to send a PROXY header.</summary>
    public ProxyProtocol Proxies => Get<ProxyProtocol>();

    /// <summary>Gets the functions.</summary>
    public IReadOnlyCollection<Function> Functions => Get<FunctionRegistry>().All;

    /// <summary>Puts a gateway together.</summary>
    /// <param name="settings">Keys of the configuration, in the form of the command line.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    public static UnstartedGateway Of(string[] settings)
    {
        var builder = GatewayConfiguration.CreateBuilder(settings);
        IReadOnlyList<IRuntimeModule> modules = [.. RuntimeModules.All.Select(module => new StillModule(module))];
        var options = builder.AddGatewayConfiguration(modules, out _, discover: found => GatewayHost.Discover(RuntimeModules.All, found));
        builder.Logging.ClearProviders();
        builder.AddGateway(options, modules);
        builder.Services.AddSingleton<IProxyConfigFilter, NoProbes>();
        // The request of a question is nobody's, and is written nowhere.
        builder.Services.AddSingleton(provider => new AccessLog(
            static () => new AccessLogOptions(), builder.Environment.ContentRootPath, provider.GetRequiredService<CollectorRegistry>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AccessLog>>()));
        return new UnstartedGateway(builder.Build(), options);
    }

    /// <summary>Sends a request through the pipeline, up to where it would be forwarded or held.</summary>
    /// <param name="question">The request.</param>
    /// <param name="listener">What the address is for.</param>
    /// <param name="isTls">Whether it comes by TLS.</param>
    public async Task<Arrival> SendAsync(Question question, Listener listener, bool isTls)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        using var client = new ClientConnection(question.From, Get<YoungConnections>());
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Features.Set(listener);
        context.Features.Set(client);
        (context.Connection.RemoteIpAddress, context.Connection.RemotePort) = (question.From, question.FromPort);
        (context.Connection.LocalIpAddress, context.Connection.LocalPort) = (question.To, question.Port);
        (context.Request.Method, context.Request.Protocol, context.Request.Scheme) = (HttpMethods.Get, HttpProtocol.Http11, isTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp);
        (context.Request.Host, context.Request.Path, context.Request.QueryString) = (new HostString(question.HostOrAddress), PathString.FromUriComponent(question.Path), new QueryString(question.Query));
        await _pipeline(context);
        var route = context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config;
        return context.Items.ContainsKey(typeof(Arrival)) ? new Arrival(route, Status: null) : new Arrival(route, context.Response.StatusCode);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task ArriveAsync(HttpContext context)
    {
        switch (context.GetEndpoint())
        {
            case { } endpoint when endpoint.Metadata.GetMetadata<RouteModel>() is not null:
                context.Items[typeof(Arrival)] = true;
                return Task.CompletedTask;
            case { RequestDelegate: { } answer }:
                // Routing's own answer, such as 405.
                return answer(context);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Keeps YARP from asking the destinations of the user's own clusters whether they are well.</summary>
    private sealed class NoProbes : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) =>
            new(cluster.HealthCheck is { } health ? cluster with { HealthCheck = health with { Active = null } } : cluster);

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);
    }
}

/// <summary>Where a request came to in the pipeline.</summary>
/// <param name="Route">The route that took it, or null.</param>
/// <param name="Status">The status with which the gateway answers it itself, or null if it came to where it would be forwarded or held.</param>
internal sealed record Arrival(RouteConfig? Route, int? Status);
