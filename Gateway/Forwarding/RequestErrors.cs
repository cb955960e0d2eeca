using Gateway.Listening;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// The first middleware: no failure goes untold, and none is told as a flood. What a client breaks off or sends broken is no
/// failure of anybody here.
/// </summary>
internal sealed class RequestErrors(RequestDelegate next, RepeatedErrors errors, ILogger<RequestErrors> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        Task answered;
        try
        {
            answered = next(context);
        }
        catch (Exception error)
        {
            answered = Task.FromException(error);
        }

        return WatchAsync(context, answered);
    }

    private async Task WatchAsync(HttpContext context, Task answered)
    {
        try
        {
            await answered;
        }
        catch (BadHttpRequestException)
        {
            // The server answers it as it does every broken request.
            throw;
        }
        catch (Exception error)
        {
            await AnswerAsync(context, error);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        if (context.RequestAborted.IsCancellationRequested && error is OperationCanceledException or IOException)
        {
            return;
        }

        var (where, text) = (Name(context), $"{ErrorText.Of(error)}{ErrorText.PlaceOf(error)}");
        errors.Tell(nameof(RequestErrorLog.Unhandled), where, text, () => RequestErrorLog.Unhandled(logger, where, text));
        RequestErrorLog.Details(logger, error);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await Problem.InternalErrorAsync(context);
    }

    // Names of the configuration, never of the client.
    private static string Name(HttpContext context) => context.Features.Get<Listener>() switch
    {
        { Function: { } function } => function.Name,
        { IsAdmin: true } => "the admin endpoint",
        _ => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { } route ? $"route {route.Config.RouteId}" : "no route",
    };
}
