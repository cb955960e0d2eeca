using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Forwarding;

/// <summary>Whether a request can be sent a second time, and whether it may be.</summary>
internal static class Repeatable
{
    /// <summary>Sent twice it does what it does once (RFC 9110, section 9.2.2). Other methods than the standard's are not known to.</summary>
    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsTrace(method);

    /// <summary>It has no body, or nobody has read from it yet: bodies are streamed, and what was read is gone.</summary>
    public static bool IsWhole(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
        || context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false };
}
