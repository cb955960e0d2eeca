using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Forwarding;

/// <summary>Decides whether a request can and may be sent a second time.</summary>
internal static class Repeatable
{
    /// <summary>Returns whether a method is known to have the same effect if the request is sent twice (RFC 9110, section 9.2.2).</summary>
    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsTrace(method);

    /// <summary>Returns whether the whole request can be sent: it has no body, or none of it was read. Bodies are streamed, so a read part is gone.</summary>
    public static bool IsWhole(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
        || context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false };
}
