using Gateway.Activation;

namespace Gateway.Forwarding;

/// <summary>The lease of a request whose instance YARP chooses, among several. One for each time it chooses.</summary>
internal sealed class ChosenLease(Function function)
{
    public FunctionInstance? Instance { get; private set; }

    /// <summary>The chosen one was closing: the hold tries again.</summary>
    public bool Refused { get; private set; }

    public void Refuse() => Refused = true;

    public bool TryTake(string destinationId)
    {
        var instance = function.Running.FirstOrDefault(instance => instance.Id == destinationId);
        if (!function.TryLease(instance))
        {
            Refused = true;
            return false;
        }

        Instance = instance;
        return true;
    }
}

/// <summary>The last middleware inside MapReverseProxy: takes the lease on what the load balancer chose.</summary>
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
            // They closed after the hold had looked: it looks again. All unhealthy is another matter, and YARP's to answer.
            lease.Refuse();
            return Task.CompletedTask;
        }

        var available = proxy.AvailableDestinations;
        return available.Count > 0 && !lease.TryTake(available[0].DestinationId) ? Task.CompletedTask : _next(context);
    }
}
