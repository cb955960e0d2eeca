using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Forwarding;

/// <summary>An answer before the forwarder had it: headers that others had set.</summary>
internal readonly struct ResponseStart
{
    private readonly KeyValuePair<string, StringValues>[]? _headers;

    private ResponseStart(KeyValuePair<string, StringValues>[]? headers) => _headers = headers;

    public static ResponseStart Of(HttpResponse response) => response.Headers.Count == 0 ? default : new([.. response.Headers]);

    /// <summary>What the forwarder made of a try that failed is no more.</summary>
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
