using System.Text;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Signals;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding;

/// <summary>
/// Handles requests that a function ignores (<c>Idle:Ignore</c>). One that runs gets them, but is not kept awake by them; for one at rest the gateway answers.
/// </summary>
internal sealed class IgnoredRequests(ReturningClients returning)
{
    /// <summary>Returns whether a function ignores a request. An upgrade is a use of its own, and never ignored.</summary>
    public static bool Has(HttpContext context, Function function) =>
        function.Options.Idle.Ignore is { } ignored
        && !UpgradeLimit.IsFor(context)
        && ignored.Has(context.Request.Method, context.Request.Path.Value ?? "", context.Request.Headers.UserAgent.ToString(), context.Features.Get<ClientConnection>()?.Source);

    /// <summary>Notes a request that is ignored.</summary>
    /// <returns>Returns whether the function runs, so that it gets the request.</returns>
    public bool Note(HttpContext context, Function function)
    {
        // Its client's next SYN is no sign that the function is wanted.
        returning.Note(context, function: null);
        var connection = context.Features.Get<ClientConnection>();
        connection?.Grow();
        var isRunning = function.Running.Count > 0;
        function.NoteIgnored(connection?.Source, context.Connection.RemoteIpAddress, isAtRest: !isRunning);
        return isRunning;
    }

    /// <summary>Answers in the place of a function at rest.</summary>
    public static Task AnswerAsync(HttpContext context, Function function) => AnswerAsync(context, function.Options.Idle.Ignore?.Answer ?? new IgnoreAnswer());

    private static Task AnswerAsync(HttpContext context, IgnoreAnswer answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        // It is not what the function would say, so nobody is to keep it: neither the output cache nor a search engine.
        response.Headers.CacheControl = "no-store";
        context.Features.Set(OwnAnswer.Ignored);
        if (answer.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
        {
            return Task.CompletedTask;
        }

        var body = Encoding.UTF8.GetBytes(answer.Body);
        response.ContentLength = body.Length;
        if (body.Length == 0)
        {
            return Task.CompletedTask;
        }

        response.ContentType = answer.ContentType;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, CancellationToken.None).AsTask();
    }
}
