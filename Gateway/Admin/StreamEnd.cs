namespace Gateway.Admin;

/// <summary>Says when an answer ends that would go on for ever: when its client leaves, when the gateway begins to end, and when the token that allowed it is replaced.</summary>
internal sealed class StreamEnd(IHostApplicationLifetime lifetime, AdminToken token)
{
    /// <summary>Returns the source of a token that is cancelled then.</summary>
    public CancellationTokenSource Of(HttpContext context) => CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, token.Replaced);
}
