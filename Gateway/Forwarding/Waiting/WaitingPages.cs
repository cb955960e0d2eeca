using System.Globalization;
using System.Text;
using Gateway.Activation;
using Gateway.Configuration.Pages;

namespace Gateway.Forwarding.Waiting;

/// <summary>
/// Answers requests with the waiting page of their function (<c>Hold:Page</c>). The page follows the start by <see cref="StartEvents"/> and makes way for the service when that answers.
/// </summary>
internal sealed class WaitingPages(KeptStarts starts)
{
    private static readonly Lazy<PageTemplate> s_own = new(static () => PageTemplate.Parse(
        Read("waiting.html").Replace("/*waiting.css*/", Read("waiting.css"), StringComparison.Ordinal).Replace("/*waiting.js*/", Read("waiting.js"), StringComparison.Ordinal),
        hasAssets: false).Template!);

    /// <summary>Answers that the function starts. The start goes on.</summary>
    public Task AnswerStartingAsync(HttpContext context, Function function, PageKind kind)
    {
        starts.Keep(function);
        var start = StartView.Of(function);
        var what = new Unavailability(kind == PageKind.Html ? "This page opens the service as soon as it is ready." : "The function is starting.", "starting", start.Left());
        return kind == PageKind.Html ? WriteAsync(context, function, start, what, hasFailed: false) : Problem.UnavailableAsync(context, what, start);
    }

    /// <summary>Answers that the function does not start, with the page if that is what the request gets.</summary>
    public Task AnswerFailedAsync(HttpContext context, Function function, PageKind kind, Unavailability what) =>
        kind == PageKind.Html ? WriteAsync(context, function, StartView.Of(function), what, hasFailed: true) : Problem.UnavailableAsync(context, what);

    private static Task WriteAsync(HttpContext context, Function function, StartView start, Unavailability what, bool hasFailed)
    {
        var theme = function.Options.Hold.Page?.Theme;
        var template = theme?.Template ?? s_own.Value;
        var host = context.Request.Host.Value is { Length: > 0 } named ? named : "The service";
        var body = Encoding.UTF8.GetBytes(template.Render(word => word switch
        {
            "function" => function.Name,
            "host" => host,
            "title" => hasFailed ? $"{host} did not start" : $"{host} is starting",
            "detail" => what.Detail,
            "state" => hasFailed ? "failed" : "starting",
            "phase" => start.Phase,
            "elapsed" => start.Elapsed.ToString(CultureInfo.InvariantCulture),
            "typical" => (start.Typical ?? 0).ToString(CultureInfo.InvariantCulture),
            "retry-after" => what.Seconds.ToString(CultureInfo.InvariantCulture),
            "events" => StartEvents.AddressFor(context.Request),
            "assets" => theme?.Path ?? "",
            _ => context.TraceIdentifier,
        }));
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.RetryAfter = what.Seconds.ToString(CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = template.SecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["X-Robots-Tag"] = "noindex";
        response.Headers.Append("Vary", "Accept");
        context.Features.Set(new OwnAnswer(what.Reason));
        return response.Body.WriteAsync(body, CancellationToken.None).AsTask();
    }

    private static string Read(string name)
    {
        using var stream = typeof(WaitingPages).Assembly.GetManifestResourceStream($"Gateway.Forwarding.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
