namespace Gateway.Forwarding.Policies;

/// <summary>
/// The place of one middleware in the pipeline, which is filled while the configuration asks for the middleware. An empty place costs a request
/// one comparison.
/// </summary>
/// <param name="next">The step after it.</param>
/// <param name="wanted">Returns what the middleware is made for; null if it is not wanted. If that changes, another one is made.</param>
/// <param name="make">Makes the middleware before the next step.</param>
internal sealed class MiddlewareSlot(RequestDelegate next, Func<object?> wanted, Func<RequestDelegate, RequestDelegate> make)
{
    private RequestDelegate? _current;
    private (object For, RequestDelegate Made)? _last;

    public Task InvokeAsync(HttpContext context) => (Volatile.Read(ref _current) ?? next)(context);

    /// <returns>Returns whether the middleware is in the pipeline now.</returns>
    public bool Update()
    {
        if (wanted() is not { } now)
        {
            Volatile.Write(ref _current, null);
            return false;
        }

        if (_last is not { } last || !now.Equals(last.For))
        {
            _last = last = (now, make(next));
        }

        Volatile.Write(ref _current, last.Made);
        return true;
    }
}
