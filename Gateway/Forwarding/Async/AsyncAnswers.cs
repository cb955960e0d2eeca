using System.Globalization;
using System.Text.Json;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Signals;

namespace Gateway.Forwarding.Async;

/// <summary>
/// Answers for requests that were accepted: with the function's answer once it is there, and before that with how far it is. An id is a secret that only the client of the request was told;
/// who may not use the function does not get its answers either.
/// </summary>
internal sealed class AsyncAnswers(RequestDelegate next, AsyncRequests requests, FunctionRegistry registry, AccessLists access, ReturningClients returning, ConfigurationMonitor configuration, TimeProvider time)
{
    /// <summary>Where the answers are (well-known URIs: RFC 8615), on each address of the gateway.</summary>
    public const string Folder = "/.well-known/headstart/requests/";

    /// <summary>After how many seconds who waits is to ask again.</summary>
    private const string Pause = "1";

    public Task InvokeAsync(HttpContext context) =>
        context.Request.Path.Value is { } path && path.StartsWith(Folder, StringComparison.Ordinal) && AnyKeeps() ? AnswerAsync(context, path[Folder.Length..]) : next(context);

    /// <summary>Answers with what became of a request.</summary>
    /// <param name="context">The request that asks for it, or that it is.</param>
    /// <param name="request">The request that it is about.</param>
    /// <param name="start">How long its function takes to start.</param>
    /// <param name="isNew">Whether it has just been accepted, so that its client does not know yet where the answer will be.</param>
    public static async Task WriteAsync(HttpContext context, AsyncRequest request, TimeSpan start, bool isNew)
    {
        var response = context.Response;
        if (request.State == AsyncState.Done)
        {
            if (await request.ReadAnswerAsync(CancellationToken.None) is { } answer)
            {
                await WriteAsync(context, request.Id, answer, isNew);
            }
            else
            {
                await Problem.NotFoundAsync(context);
            }

            return;
        }

        response.StatusCode = StatusCodes.Status202Accepted;
        response.Headers.Location = Folder + request.Id;
        response.Headers.RetryAfter = isNew ? Unavailability.SecondsOf(start).ToString(CultureInfo.InvariantCulture) : Pause;
        response.Headers.CacheControl = "no-store";
        if (isNew)
        {
            response.Headers["Preference-Applied"] = Preference.Applied;
            response.Headers.Append("Vary", Preference.Header);
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(request.View, AsyncJson.Default.AsyncView);
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        context.Features.Set(new OwnAnswer("async"));
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, CancellationToken.None);
        }
    }

    // Requests that an earlier gateway has accepted are asked for before this one knows them.
    private bool AnyKeeps() => requests.Any || configuration.Current.Functions.Values.Any(static function => function.Async is not null);

    private async Task AnswerAsync(HttpContext context, string id)
    {
        // Who asks for an answer is no sign that the function is wanted, nor one that came in vain.
        returning.Note(context, function: null);
        context.Features.Get<ClientConnection>()?.Grow();
        if (!requests.TryGet(id, out var request) || !access.Permit(context.Features.Get<ClientConnection>()?.Source, registry.TryGet(request.Function, out var function) ? function : null))
        {
            // An earlier gateway's are found when it has ended.
            await (request is null && AsyncRequest.IsId(id) && requests.MayFindMore ? Problem.NotFoundYetAsync(context) : Problem.UnknownRequestAsync(context));
        }
        else if (HttpMethods.IsDelete(context.Request.Method))
        {
            requests.Forget(request);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD, DELETE";
        }
        else
        {
            if (Preference.Of(context.Request).Wait is var wait && wait > TimeSpan.Zero)
            {
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, requests.Ending);
                await request.WaitAsync(wait, time, ended.Token);
            }

            await (request.Forgotten.IsCancellationRequested ? Problem.UnknownRequestAsync(context) : WriteAsync(context, request, TimeSpan.Zero, isNew: false));
        }
    }

    private static async Task WriteAsync(HttpContext context, string id, KeptAnswer answer, bool isNew)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        foreach (var header in answer.Headers)
        {
            response.Headers[header.Name] = header.Values;
        }

        if (isNew)
        {
            response.Headers.Append("Vary", Preference.Header);
        }

        response.Headers[Replay.IdHeader] = id;
        if (response.Headers.CacheControl.Count == 0)
        {
            response.Headers.CacheControl = "no-store";
        }

        context.Features.Set(new OwnAnswer("async"));
        if (answer.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        {
            return;
        }

        if (answer.Status == StatusCodes.Status205ResetContent || (answer.Body.Length == 0 && HttpMethods.IsHead(context.Request.Method)))
        {
            // The former has no content; of an answer to HEAD the length is not known.
            return;
        }

        response.ContentLength = answer.Body.Length;
        if (answer.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(answer.Body, CancellationToken.None);
        }
    }
}
