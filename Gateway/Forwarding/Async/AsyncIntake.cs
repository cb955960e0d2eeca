using System.Globalization;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.OutputCaching;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding.Async;

/// <summary>Takes requests whose clients do not wait for the answer (<c>Prefer: respond-async</c>, RFC 7240, section 4.1), and answers 202 with a place where the answer will be.</summary>
internal sealed class AsyncIntake(AsyncRequests requests, RepeatedErrors errors, TimeProvider time, ILogger<AsyncIntake> logger)
{
    /// <summary>By what a client names the address to which the answer is posted.</summary>
    public const string CallbackHeader = "Headstart-Callback";

    private const int LongestCallback = 2048;

    /// <summary>Returns whether a request is one of these. What is no single question with a single answer waits as always: upgrades and gRPC.</summary>
    public static bool Has(HttpContext context, Function function) =>
        function.Options.Async is not null
        && context.Request.Headers[Preference.Header].Count > 0
        && !Replay.Is(context)
        && !UpgradeLimit.IsFor(context)
        && !(context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) ?? false)
        && Preference.Of(context.Request).IsAsync;

    /// <summary>Keeps a request and answers it.</summary>
    public async Task AnswerAsync(HttpContext context, Function function)
    {
        if (function.Options.Async is not { } options)
        {
            return;
        }

        // What is kept may go to a disk.
        await PoolThread.EnterAsync();
        // With wait it may be the function's own answer, which is this client's alone.
        if (context.Features.Get<IOutputCacheFeature>() is { } cache)
        {
            (cache.Context.AllowCacheStorage, cache.Context.AllowCacheLookup) = (false, false);
        }

        var preference = Preference.Of(context.Request);
        var largest = LargestBody(context, options);
        if (CallbackOf(context.Request) is not { IsGood: true } callback)
        {
            await Problem.BadCallbackAsync(context);
        }
        else if (callback.Address is { } address && !options.MayCall(address))
        {
            await Problem.CallbackDeniedAsync(context);
        }
        else if (context.Request.ContentLength > largest)
        {
            await Problem.BadRequestAsync(context, StatusCodes.Status413PayloadTooLarge);
        }
        else if (await KeepAsync(context, function, options, callback.Address, largest) is { } kept)
        {
            // It is kept, and its client is to know, whatever the time limit of the route. That is for the function's answers.
            context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            if (preference.Wait > TimeSpan.Zero)
            {
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, requests.Ending);
                await kept.WaitAsync(preference.Wait, time, ended.Token);
            }

            await AsyncAnswers.WriteAsync(context, kept, function.TypicalStart, isNew: true);
        }
    }

    private async Task<AsyncRequest?> KeepAsync(HttpContext context, Function function, AsyncOptions options, Uri? callback, long largest)
    {
        var client = ClientGroup.Of(context.Connection.RemoteIpAddress);
        // Room is taken before the body comes, so that what is being read is counted too.
        var room = context.Request.ContentLength ?? largest;
        if (requests.TryEnter(function, options, client, room) is { } refusal)
        {
            await Problem.HoldRefusedAsync(context, function, refusal);
            return null;
        }

        AsyncRequest? kept = null;
        try
        {
            if (await ReadAsync(context, largest) is not { } body)
            {
                await Problem.BadRequestAsync(context, StatusCodes.Status413PayloadTooLarge);
            }
            else if ((kept = await requests.KeepAsync(Make(context, function, body, callback), options, client, room, context.RequestAborted)) is null)
            {
                await Problem.HoldRefusedAsync(context, function, HoldRefusal.FunctionFull);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && !context.RequestAborted.IsCancellationRequested && error is not BadHttpRequestException)
        {
            errors.Report(nameof(AsyncLog.NotKept), function.Name, error.Message, () => AsyncLog.NotKept(logger, function.Name, error.Message));
            await Problem.NotKeptAsync(context, function);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Its client has left before it was accepted, or the time of the route is over.
            if (RequestTimeLimit.IsOver(context))
            {
                await Problem.RequestTimeoutAsync(context, StatusCodes.Status504GatewayTimeout);
            }
        }
        finally
        {
            if (kept is null)
            {
                requests.Leave(function, options, client, room);
            }
        }

        return kept;
    }

    // The route's own limit holds as for all requests; YARP applies it further on.
    private static long LargestBody(HttpContext context, AsyncOptions options) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config.MaxRequestBodySize is { } limit and >= 0 ? Math.Min(limit, options.MaxBody) : options.MaxBody;

    private static async Task<byte[]?> ReadAsync(HttpContext context, long most)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
        {
            if (body.Length + count > most)
            {
                return null;
            }

            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }

    private KeptRequest Make(HttpContext context, Function function, byte[] body, Uri? callback)
    {
        var (request, connection, now) = (context.Request, context.Connection, time.GetUtcNow());
        return new KeptRequest
        {
            Id = AsyncRequest.NewId(now),
            Function = function.Name,
            Route = context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config.RouteId ?? "",
            Protocol = request.Protocol,
            IsProxied = context.Features.Get<KnownProxy>() is not null,
            Method = request.Method,
            Scheme = request.Scheme,
            Host = request.Host.Value ?? "",
            Path = request.Path.Value ?? "",
            Query = request.QueryString.Value ?? "",
            Target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            Headers = Headers(request, body.Length),
            Body = body,
            Client = connection.RemoteIpAddress?.ToString(),
            ClientPort = connection.RemotePort,
            Local = connection.LocalIpAddress?.ToString(),
            LocalPort = connection.LocalPort,
            TraceId = context.TraceIdentifier,
            Accepted = now,
            Callback = callback,
        };
    }

    // The body is whole, so how it came does not matter any more. The answer is fetched by requests of their own, so it is a whole one and no cache's of this client.
    private static List<KeptHeader> Headers(HttpRequest request, int length)
    {
        var headers = new List<KeptHeader>();
        foreach (var (name, values) in request.Headers)
        {
            if (!IsOurs(name) && !Replay.Sets(name))
            {
                headers.Add(new(name, [.. values.Select(static value => value ?? "")]));
            }
        }

        if (Preference.Others(request) is { Length: > 0 } others)
        {
            headers.Add(new(Preference.Header, [string.Join(", ", others)]));
        }

        if (length > 0 || request.ContentLength is not null || request.Headers.TransferEncoding.Count > 0)
        {
            headers.Add(new("Content-Length", [length.ToString(CultureInfo.InvariantCulture)]));
        }

        return headers;
    }

    private static bool IsOurs(string name) =>
        ((ReadOnlySpan<string>)[Preference.Header, CallbackHeader, "Content-Length", "Transfer-Encoding", "Expect", "Host", "Range", "If-Range", "If-None-Match", "If-Modified-Since"]).Contains(name, StringComparer.OrdinalIgnoreCase);

    private static (bool IsGood, Uri? Address) CallbackOf(HttpRequest request) => request.Headers[CallbackHeader] switch
    {
        [] => (true, null),
        [{ Length: <= LongestCallback } text] when Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { UserInfo.Length: 0, Fragment.Length: 0 } => (true, address),
        _ => (false, null),
    };
}
