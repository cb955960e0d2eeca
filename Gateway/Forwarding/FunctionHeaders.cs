using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding;

/// <summary>
/// The first transform of an answer, after YARP has copied the function's headers. It takes away those that the function's <c>Connection</c> names,
/// and leaves values of the same name that the gateway itself has set.
/// </summary>
internal sealed class FunctionHeaders : ResponseTransform
{
    public static FunctionHeaders Instance { get; } = new();

    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context is { HeadersCopied: true, ProxyResponse: { } answer } && answer.Headers.NonValidated.TryGetValues("Connection", out var connection))
        {
            foreach (var value in connection)
            {
                foreach (var range in value.AsSpan().Split(','))
                {
                    if (ConnectionOptions.Name(value.AsSpan(range)) is { } name)
                    {
                        Remove(context.HttpContext.Response.Headers, name, answer);
                    }
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    // YARP appends a function's values to those that are there.
    private static void Remove(IHeaderDictionary headers, string name, HttpResponseMessage answer)
    {
        var (all, own) = (headers[name], Count(answer.Headers, name) + Count(answer.Content.Headers, name));
        if (own > 0 && all.Count > 0)
        {
            headers[name] = all.Count > own ? new StringValues(all.ToArray()[..^own]) : StringValues.Empty;
        }
    }

    private static int Count(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.Count : 0;
}
