using Gateway.Forwarding.Reports;
using Gateway.Listening;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// The first middleware. It logs every failure, but does not let the log be flooded. A request that a client breaks off or that is malformed
/// is not a failure. It also says to the connection that it is in use, and to the reports when a request has ended.
/// </summary>
internal sealed class RequestErrors(RequestDelegate next, RequestReports reports, RepeatedErrors errors, TimeProvider time, ILogger<RequestErrors> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        var connection = context.Features.Get<OpenConnection>();
        connection?.BeginRequest();
        var begun = time.GetTimestamp();
        Task answered;
        try
        {
            answered = next(context);
        }
        catch (Exception error)
        {
            answered = Task.FromException(error);
        }

        return WatchAsync(context, answered, connection, begun);
    }

    private async Task WatchAsync(HttpContext context, Task answered, OpenConnection? connection, long begun)
    {
        try
        {
            await answered;
        }
        catch (BadHttpRequestException malformed)
        {
            await AnswerAsync(context, malformed);
        }
        catch (Exception error)
        {
            await AnswerAsync(context, error);
        }
        finally
        {
            connection?.EndRequest();
            reports.Ended(context, begun);
        }
    }

    // The server would answer it too, but would log it with a stack trace as if it were the gateway's failure.
    private Task AnswerAsync(HttpContext context, BadHttpRequestException malformed)
    {
        RequestErrorLog.Malformed(logger, Name(context), context.TraceIdentifier, malformed.StatusCode, ErrorText.Of(malformed));
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            // Where the next request begins is not known.
            context.Response.Headers.Connection = "close";
        }

        return Problem.BadRequestAsync(context, malformed.StatusCode);
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        if (context.RequestAborted.IsCancellationRequested && error is OperationCanceledException or IOException)
        {
            return;
        }

        var (where, text) = (Name(context), $"{ErrorText.Of(error)}{ErrorText.PlaceOf(error)}");
        errors.Report(nameof(RequestErrorLog.Unhandled), where, text, () => RequestErrorLog.Unhandled(logger, where, context.TraceIdentifier, text));
        RequestErrorLog.Details(logger, error);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await Problem.InternalErrorAsync(context);
    }

    // The name is one of the configuration, never one that a client sent.
    private static string Name(HttpContext context) => context.Features.Get<Listener>() switch
    {
        { Function: { } function } => function.Name,
        { IsAdmin: true } => "the admin endpoint",
        _ => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { } route ? $"route {route.Config.RouteId}" : "no route",
    };
}
