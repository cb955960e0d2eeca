using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Activation;
using Gateway.Activation.Trust;
using Gateway.Admin.Console;
using Gateway.Admin.Live;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;
using Gateway.Signals;
using Gateway.Telemetry;
using Microsoft.AspNetCore.WebUtilities;
using Prometheus;

namespace Gateway.Admin;

/// <summary>
/// The admin endpoint. It answers every request on its own address, and none on another one. It has its own routing, because ASP.NET Core's
/// endpoints answer on every address.
/// </summary>
internal sealed class AdminEndpoint(
    RequestDelegate next,
    FunctionRegistry registry,
    ColdStartLog coldStarts,
    GatewayMetrics metrics,
    ConfigurationMonitor configuration,
    KernelAttachment kernel,
    FunctionViews views,
    LiveFeed feed,
    TimeProvider time,
    TrustJudge trust,
    AdminGuard guard,
    AdminEndpoint.ReadySwitch ready,
    StreamEnd end)
{
    private const int MostColdStarts = ColdStartLog.DefaultCapacity;

    private readonly OutputPage _output = new(end);
    private readonly EventsPage _events = new(feed, registry, views, coldStarts, time, end);

    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<Listener>() is { IsAdmin: true } ? PoolThread.RunAsync(AnswerAsync, context) : next(context);

    private Task AnswerAsync(HttpContext context)
    {
        // Nothing of the endpoint is for pages of other sites, not even as an image or a script.
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (guard.Refuse(context) is { } refusal)
        {
            return RefuseAsync(context, refusal);
        }

        var path = context.Request.Path.Value ?? "/";
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method))
        {
            return path.Split('/') is ["", "api", "functions", var name, var action] ? ActAsync(context, name, action) : NotFoundAsync(context);
        }

        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            context.Response.Headers.Allow = "GET, HEAD, POST";
            return ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "Only GET, HEAD and POST.");
        }

        return path switch
        {
            "/" => ConsoleAsync(context),
            "/metrics" => MetricsAsync(context),
            "/healthz" => TextAsync(context, "ok\n", "text/plain"),
            "/readyz" => ReadyAsync(context),
            "/api/functions" => JsonAsync(context, [.. views.All()], AdminJson.Default.IReadOnlyListFunctionView),
            "/api/coldstarts" => ColdStartsAsync(context),
            "/api/trust" => JsonAsync(context, TrustView.Of(trust), AdminJson.Default.TrustView),
            "/api/gateway" => JsonAsync(context, views.Gateway(), AdminJson.Default.GatewayView),
            "/api/events" when HttpMethods.IsGet(method) => EventsAsync(context),
            "/api/ebpf" => JsonAsync(context, GatewayView.HooksOf(kernel), AdminJson.Default.IReadOnlyListAttachmentView),
            _ => FunctionAsync(context, path),
        };
    }

    private Task FunctionAsync(HttpContext context, string path) => path.Split('/') is ["", "api", "functions", var name, .. var more] && registry.TryGet(name, out var function)
        ? more switch
        {
            [] => JsonAsync(context, views.Of(function), AdminJson.Default.FunctionView),
            ["logs"] when HttpMethods.IsGet(context.Request.Method) => OutputAsync(context, function),
            ["configuration"] => JsonAsync(context, KeysOf(function), AdminJson.Default.IReadOnlyListKeyView),
            _ => NotFoundAsync(context),
        }
        : views.RejectedAt(path) is { } rejected ? JsonAsync(context, rejected, AdminJson.Default.FunctionView) : NotFoundAsync(context);

    private async Task OutputAsync(HttpContext context, Function function)
    {
        if (await _output.AnswerAsync(context, function) is { } refusal)
        {
            await ErrorAsync(context, refusal.Status, refusal.Detail);
        }
    }

    private async Task EventsAsync(HttpContext context)
    {
        if (await _events.AnswerAsync(context) is { } refusal)
        {
            await ErrorAsync(context, refusal.Status, refusal.Detail);
        }
    }

    private IReadOnlyList<KeyView> KeysOf(Function function) =>
        configuration.Root.Find($"Gateway:Functions:{function.Name}".AsSpan()) is { } node ? [.. KeyView.Below(node)] : [];

    private static Task ConsoleAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = ConsolePage.SecurityPolicy;
        context.Response.Headers.CacheControl = "no-cache";
        return TextAsync(context, ConsolePage.Html, "text/html; charset=utf-8");
    }

    private async Task ActAsync(HttpContext context, string name, string action)
    {
        if (!registry.TryGet(name, out var function))
        {
            await NotFoundAsync(context);
            return;
        }

        switch (action)
        {
            case "wake":
                var arrival = await function.WakeAsync(context.RequestAborted);
                if (!arrival.IsRunning)
                {
                    await ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, arrival.Failure!);
                    return;
                }

                break;
            case "sleep":
                if (!await SleepAsync(context, function))
                {
                    return;
                }

                break;
            default:
                await NotFoundAsync(context);
                return;
        }

        await JsonAsync(context, views.Of(function), AdminJson.Default.FunctionView);
    }

    // The function goes to the tier that the operator names, or else to that of Idle:Tier, where Auto means Stopped.
    private static async Task<bool> SleepAsync(HttpContext context, Function function)
    {
        var tier = (Tier?)null;
        if (context.Request.Query["tier"] is [{ Length: > 0 } word])
        {
            if (!function.Tiers.Where(known => known != Tier.Running).Any(known => known.ToString().Equals(word, StringComparison.OrdinalIgnoreCase) && (tier = known) is not null))
            {
                await ErrorAsync(context, StatusCodes.Status400BadRequest, $"tier is one of {string.Join(", ", function.Tiers.SkipLast(1))}{(function.MissingTier is { } missing ? $" (a tier is missing: {missing})" : "")}.");
                return false;
            }
        }

        await function.SleepAsync(tier).WaitAsync(context.RequestAborted);
        return true;
    }

    private Task ColdStartsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["latest"] is ["true"])
        {
            return JsonAsync(context, [.. coldStarts.LastOfEach().Select(ColdStartView.Of)], AdminJson.Default.IReadOnlyListColdStartView);
        }

        var last = 100;
        if (query["last"] is [{ Length: > 0 } text] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out last) || last is < 1 or > MostColdStarts))
        {
            return ErrorAsync(context, StatusCodes.Status400BadRequest, $"last is a number from 1 to {MostColdStarts}.");
        }

        var function = query["function"] is [{ Length: > 0 } name] ? name : null;
        return JsonAsync(context, [.. coldStarts.Last(last, function).Select(ColdStartView.Of)], AdminJson.Default.IReadOnlyListColdStartView);
    }

    private Task MetricsAsync(HttpContext context)
    {
        // Prometheus asks for OpenMetrics, which alone has exemplars.
        var isOpen = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase);
        context.Response.ContentType = isOpen ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.Vary = "Accept";
        return metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, isOpen ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, context.RequestAborted);
    }

    private Task ReadyAsync(HttpContext context)
    {
        context.Response.StatusCode = ready.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return TextAsync(context, ready.IsReady ? "ready\n" : "starting\n", "text/plain");
    }

    private static Task NotFoundAsync(HttpContext context) =>
        ErrorAsync(context, StatusCodes.Status404NotFound, "Nothing is here.");

    private static Task RefuseAsync(HttpContext context, AdminRefusal refusal)
    {
        switch (refusal.Status)
        {
            case StatusCodes.Status401Unauthorized:
                context.Response.Headers.WWWAuthenticate = "Bearer realm=\"headstart\"";
                break;
            case StatusCodes.Status413PayloadTooLarge when !HttpProtocol.IsHttp2(context.Request.Protocol):
                context.Response.Headers.Connection = "close";
                break;
        }

        return ErrorAsync(context, refusal.Status, refusal.Detail);
    }

    // Problem details (RFC 9457).
    private static Task ErrorAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new ErrorView("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail), AdminJson.Default.ErrorView, "application/problem+json");
    }

    private static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, string contentType = "application/json")
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }

    private static Task TextAsync(HttpContext context, string text, string type)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>Whether <c>/readyz</c> answers that the gateway is ready.</summary>
    public sealed class ReadySwitch
    {
        public bool IsReady { get; private set; }

        public void Set() => IsReady = true;
    }
}
