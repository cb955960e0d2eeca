using System.Collections.Frozen;
using Gateway.Configuration;
using Gateway.Configuration.Pages;
using Microsoft.AspNetCore.StaticFiles;

namespace Gateway.Forwarding.Waiting;

/// <summary>Answers for the files of the users' own waiting pages, whatever function the request would be for. They lie below a hash, so that they hide nothing of a function's and never change.</summary>
internal sealed class ThemeAssets(RequestDelegate next, ConfigurationMonitor configuration)
{
    private static readonly FileExtensionContentTypeProvider s_types = new();

    private volatile Known? _known;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.Value is not { } path || !path.StartsWith(PageTheme.Folder, StringComparison.Ordinal))
        {
            return next(context);
        }

        var rest = path.AsSpan(PageTheme.Folder.Length);
        return rest.IndexOf('/') is > 0 and var slash && Themes().TryGetValue(rest[..slash].ToString(), out var theme)
            ? AnswerAsync(context, theme, rest[(slash + 1)..].ToString())
            : next(context);
    }

    private static async Task AnswerAsync(HttpContext context, PageTheme theme, string name)
    {
        var (request, response) = (context.Request, context.Response);
        if (!theme.Assets.TryGetValue(name, out var content) || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)))
        {
            await Problem.NotFoundAsync(context);
            return;
        }

        response.ContentType = s_types.TryGetContentType(name, out var type) ? type : "application/octet-stream";
        response.ContentLength = content.Length;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["X-Robots-Tag"] = "noindex";
        if (HttpMethods.IsGet(request.Method))
        {
            await response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private FrozenDictionary<string, PageTheme> Themes()
    {
        var (now, known) = (configuration.Current, _known);
        if (known is null || !ReferenceEquals(known.For, now))
        {
            _known = known = new Known(now, now.Functions.Values.Select(static function => function.Hold.Page?.Theme).OfType<PageTheme>()
                .DistinctBy(static theme => theme.Hash).ToFrozenDictionary(static theme => theme.Hash, StringComparer.Ordinal));
        }

        return known.Themes;
    }

    private sealed record Known(GatewayOptions For, FrozenDictionary<string, PageTheme> Themes);
}
