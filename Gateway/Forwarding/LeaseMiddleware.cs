using Gateway.Activation;

namespace Gateway.Forwarding;

/// <summary>The lease of a request whose instance YARP chooses among several. Each choice has its own.</summary>
internal sealed class ChosenLease(Function function)
{
    public FunctionInstance? Instance { get; private set; }

    /// <summary>Whether the chosen instance had closed its door or has no free place, so that the hold tries again.</summary>
    public bool Refused { get; private set; }

    /// <summary>Whether the request's session is with an instance, so that no other one was offered to the load balancer.</summary>
    public bool IsBound { get; set; }

    /// <summary>The instance that the request's session is with and that has no free place, for which the hold waits.</summary>
    public FunctionInstance? Bound { get; private set; }

    public void Refuse() => Refused = true;

    public bool TryTake(string destinationId)
    {
        var instance = function.Running.FirstOrDefault(instance => instance.Id == destinationId);
        if (!function.TryLease(instance))
        {
            Refused = true;
            Bound = IsBound && function.Options.Scale.ConcurrencyLimit is not null && instance is { IsOpen: true } ? instance : null;
            return false;
        }

        Instance = instance;
        return true;
    }
}

/// <summary>The middleware after that of sessions. It notes whether the session has left the load balancer anything to choose.</summary>
internal sealed class SessionMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<ChosenLease>() is { } lease)
        {
            var proxy = context.GetReverseProxyFeature();
            lease.IsBound = proxy.Cluster.Config.SessionAffinity is { Enabled: true } && proxy.AvailableDestinations.Count == 1 && proxy.AllDestinations.Count > 1;
        }

        return next(context);
    }
}

/// <summary>The last middleware inside MapReverseProxy. It takes the lease on the instance that the load balancer chose.</summary>
internal sealed class LeaseMiddleware
{
    private readonly RequestDelegate _next;

    public LeaseMiddleware(RequestDelegate next, ShortPath path)
    {
        _next = next;
        path.EndsAt(next);
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<ChosenLease>() is not { } lease)
        {
            return _next(context);
        }

        var proxy = context.GetReverseProxyFeature();
        if (proxy.AllDestinations.Count == 0)
        {
            // The instances closed their doors after the hold had looked, so it looks again. If all are unhealthy, YARP answers.
            lease.Refuse();
            return Task.CompletedTask;
        }

        var available = proxy.AvailableDestinations;
        return available.Count > 0 && !lease.TryTake(available[0].DestinationId) ? Task.CompletedTask : _next(context);
    }
}
