using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace Gateway.Forwarding.Policies;

/// <summary>A request whose answer may be cached. The headers of the answer decide.</summary>
internal sealed class CachedRequest(OutputCacheContext context, CachePolicy policy)
{
    /// <summary>Decides before the first byte of the body, so that a body that is not cached is not collected.</summary>
    public void Judge()
    {
        var response = context.HttpContext.Response;
        if (!context.AllowCacheStorage || !IsStorable(response) || Lifetime(response) is not { } lifetime || lifetime <= TimeSpan.Zero)
        {
            context.AllowCacheStorage = false;
            return;
        }

        context.ResponseExpirationTimeSpan = lifetime;
    }

    private bool IsStorable(HttpResponse response) =>
        response.StatusCode == StatusCodes.Status200OK
        && response.Headers.SetCookie.Count == 0
        && response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) != true
        && response.Headers.GetCommaSeparatedValues(HeaderNames.Vary).All(Varies);

    private bool Varies(string header) =>
        policy.VaryByHeader.Contains(header, StringComparer.OrdinalIgnoreCase) || header.Equals(HeaderNames.AcceptEncoding, StringComparison.OrdinalIgnoreCase);

    /// <returns>Returns null if the function forbids it (RFC 9111, section 5.2.2).</returns>
    private TimeSpan? Lifetime(HttpResponse response)
    {
        if (response.Headers.CacheControl.Count == 0)
        {
            return policy.Expire;
        }

        if (!CacheControlHeaderValue.TryParse(response.Headers.CacheControl.ToString(), out var control) || control.NoStore || control.NoCache || control.Private)
        {
            return null;
        }

        return (control.SharedMaxAge ?? control.MaxAge) is { } own && own < policy.Expire ? own : policy.Expire;
    }
}
