using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>The headers of an answer before the forwarder handled the request.</summary>
internal readonly struct ResponseStart
{
    private readonly KeyValuePair<string, StringValues>[]? _headers;

    private ResponseStart(KeyValuePair<string, StringValues>[]? headers) => _headers = headers;

    /// <summary>Keeps the headers that an answer has now.</summary>
    public static ResponseStart Of(HttpResponse response) => response.Headers.Count == 0 ? default : new([.. response.Headers]);

    /// <summary>Removes what a failed try of the forwarder left in the answer.</summary>
    public void Restore(HttpContext context)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.Clear();
        foreach (var (name, value) in _headers ?? [])
        {
            context.Response.Headers[name] = value;
        }
    }
}
