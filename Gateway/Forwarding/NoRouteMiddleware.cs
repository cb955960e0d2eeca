namespace Gateway.Forwarding;

/// <summary>Stands where routing has been done: a request for which there is no route gets an answer that says so, instead of the framework's empty one.</summary>
internal sealed class NoRouteMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) => context.GetEndpoint() is null ? Problem.NotFoundAsync(context) : next(context);
}
