namespace Gateway.Forwarding.Policies;

/// <summary>
/// The place of one middleware in the pipeline. It is there while the configuration asks for it; a request that meets the
/// place empty goes on to the next at the cost of a comparison.
/// </summary>
/// <param name="next">What comes after it.</param>
/// <param name="wanted">What it is made for; null: it is not wanted. When this changes it is made anew.</param>
/// <param name="make">Makes the middleware in front of what comes after it.</param>
internal sealed class MiddlewareSlot(RequestDelegate next, Func<object?> wanted, Func<RequestDelegate, RequestDelegate> make)
{
    private RequestDelegate? _current;
    private (object For, RequestDelegate Made)? _last;

    public Task InvokeAsync(HttpContext context) => (Volatile.Read(ref _current) ?? next)(context);

    /// <returns>Whether it is in the pipeline now.</returns>
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
