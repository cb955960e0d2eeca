using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Forwarding.Waiting;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Forwarding;

/// <summary>
/// The gateway's own answers: problem details (RFC 9457), or a small page for a browser. Both name the request, by an id that the log has too.
/// </summary>
internal static class ProblemAnswer
{
    private static readonly CompositeFormat s_page = CompositeFormat.Parse(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>{0} {1}</title>
        <style>:root {{ color-scheme: light dark }} body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto 0; padding: 0 1rem }} small {{ opacity: .7 }}</style>
        </head>
        <body>
        <h1>{0} {1}</h1>
        <p>{2}</p>
        <p><small>Request {3}</small></p>
        </body>
        </html>

        """);

    /// <summary>Writes an answer that has not begun.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="detail">One sentence for the client.</param>
    /// <param name="reason">A word by which programs and operators tell answers apart.</param>
    /// <param name="start">How far the function's start is, for programs, or null if that is not told.</param>
    public static Task WriteAsync(HttpContext context, int status, string detail, string reason, StartView? start = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        var (title, isPage) = (ReasonPhrases.GetReasonPhrase(status), AcceptedTypes.PreferHtml(context.Request));
        response.ContentType = isPage ? "text/html; charset=utf-8" : "application/problem+json";
        response.Headers.Append("Vary", "Accept");
        var body = isPage
            ? Encoding.UTF8.GetBytes(string.Format(null, s_page, status, title, WebUtility.HtmlEncode(detail), WebUtility.HtmlEncode(context.TraceIdentifier)))
            : JsonSerializer.SerializeToUtf8Bytes(new ProblemDetails("about:blank", title, status, detail, reason, context.TraceIdentifier, start), ProblemJson.Default.ProblemDetails);
        response.ContentLength = body.Length;
        context.Features.Set(new OwnAnswer(reason));
        // RequestAborted is not used, because it is cancelled for a request that timed out too, which is to be answered.
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, CancellationToken.None).AsTask();
    }
}

/// <summary>Marks a request that the gateway has answered itself.</summary>
/// <param name="Reason">The word of its answer.</param>
internal sealed record OwnAnswer(string Reason)
{
    /// <summary>Gets the mark of a request that the function ignores, and which may be answered with any status.</summary>
    public static OwnAnswer Ignored { get; } = new("ignored");
}

internal sealed record ProblemDetails(string Type, string Title, int Status, string Detail, string Reason, string RequestId, StartView? Start);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ProblemJson : JsonSerializerContext;
