using System.Globalization;
using System.Net;
using Gateway.Activation;
using Gateway.Listening;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding.Async;

/// <summary>
/// Sends a kept request by its route, as if its client sent it now: it wakes the function, waits for it, and is transformed as any other. The policies of the route have let it in when it came.
/// </summary>
internal sealed class Replay(EndpointDataSource endpoints, IHttpContextFactory contexts, FunctionRegistry registry, TimeProvider time)
{
    /// <summary>By what the function knows a request that it gets twice.</summary>
    public const string IdHeader = "Headstart-Request";

    /// <summary>How many times the function has been given the request, with this one.</summary>
    public const string AttemptHeader = "Headstart-Attempt";

    /// <summary>Returns whether a request is sent by this class.</summary>
    public static bool Is(HttpContext context) => context.Features.Get<Mark>() is not null;

    /// <summary>Returns whether a header is one that this class sets, so that nobody else's word is taken for it.</summary>
    public static bool Sets(string name) => name.Equals(IdHeader, StringComparison.OrdinalIgnoreCase) || name.Equals(AttemptHeader, StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends a request once.</summary>
    /// <param name="request">The request.</param>
    /// <param name="attempt">Which time it is.</param>
    /// <param name="maxBody">The largest body of the answer, in bytes.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="OperationCanceledException">The attempt was ended.</exception>
    public async Task<Replayed> SendAsync(KeptRequest request, int attempt, long maxBody, CancellationToken cancellationToken)
    {
        if (!registry.TryGet(request.Function, out var function) || Find(request.Route) is not { } endpoint)
        {
            return new Replayed(null, Lack.Function);
        }

        using var answer = new ReplayedAnswer(maxBody);
        await using var ended = cancellationToken.Register(static answer => ((ReplayedAnswer)answer!).Abort(), answer);
        var features = Features(request, attempt, answer, function);
        var context = contexts.Create(features);
        try
        {
            context.SetEndpoint(endpoint);
            await endpoint.RequestDelegate!(context);
            await answer.StartAsync();
        }
        catch (Exception)
        {
            // It is judged below. A client would have got half an answer, or 500.
            answer.Abort();
        }
        finally
        {
            await answer.CompleteAsync();
            contexts.Dispose(context);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (answer.IsTooLarge || answer.IsBroken)
        {
            return new Replayed(null, answer.IsTooLarge ? Lack.Room : Lack.Answer);
        }

        KeptHeader[] headers = [.. answer.Headers.Where(static header => IsKept(header.Key)).Select(static header => new KeptHeader(header.Key, [.. header.Value.Select(static value => value ?? "")]))];
        return new Replayed(new KeptAnswer(answer.StatusCode, headers, answer.Content, time.GetUtcNow(), request.Callback), LackOf(features.Get<OwnAnswer>(), answer.StatusCode));
    }

    // The gateway says by its own 503 and 429 that the function did not get the request, and by its own 502 and 504 that it did and gave no answer.
    private static Lack LackOf(OwnAnswer? own, int status) => own is null ? Lack.None
        : status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests ? Lack.Start
        : status is StatusCodes.Status502BadGateway or StatusCodes.Status504GatewayTimeout ? Lack.Answer
        : Lack.None;

    // The length is the kept body's, which a request by HEAD has not, and there are no trailers any more.
    private static bool IsKept(string name) =>
        !name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase) && !name.Equals(HeaderNames.Trailer, StringComparison.OrdinalIgnoreCase);

    private Endpoint? Find(string route) =>
        endpoints.Endpoints.FirstOrDefault(endpoint => endpoint.Metadata.GetMetadata<RouteModel>() is { } model && model.Config.RouteId == route && endpoint.RequestDelegate is not null);

    private static FeatureCollection Features(KeptRequest kept, int attempt, ReplayedAnswer answer, Function function)
    {
        var features = new FeatureCollection();
        var headers = new HeaderDictionary(kept.Headers.Count + 3);
        foreach (var header in kept.Headers)
        {
            headers[header.Name] = header.Values;
        }

        headers[IdHeader] = kept.Id;
        headers[AttemptHeader] = attempt.ToString(CultureInfo.InvariantCulture);
        var body = new MemoryStream(kept.Body, writable: false);
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Protocol = kept.Protocol,
            Method = kept.Method,
            Scheme = kept.Scheme,
            Path = kept.Path,
            QueryString = kept.Query,
            RawTarget = kept.Target,
            Headers = headers,
            Body = body,
        });
        headers[HeaderNames.Host] = kept.Host;
        var whole = new Body(body);
        features.Set<IHttpRequestBodyDetectionFeature>(whole);
        features.Set<IHttpMaxRequestBodySizeFeature>(whole);
        features.Set<IHttpResponseFeature>(answer);
        features.Set<IHttpResponseBodyFeature>(answer.Receive());
        features.Set<IHttpRequestLifetimeFeature>(answer);
        features.Set<IHttpRequestIdentifierFeature>(new HttpRequestIdentifierFeature { TraceIdentifier = kept.TraceId });
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature
        {
            RemoteIpAddress = Address(kept.Client),
            RemotePort = kept.ClientPort,
            LocalIpAddress = Address(kept.Local),
            LocalPort = kept.LocalPort,
            ConnectionId = kept.Id,
        });
        features.Set(new Listener(IsAdmin: false, function, MayBeTls: false));
        features.Set(new Mark());
        features.Set(kept.IsProxied ? KnownProxy.Instance : null);
        return features;
    }

    private static IPAddress? Address(string? text) => text is null ? null : IPAddress.Parse(text);

    private sealed class Mark;

    /// <summary>The body as far as it has not been read, by which the gateway knows whether it may send the request a second time itself.</summary>
    private sealed class Body(MemoryStream content) : IHttpRequestBodyDetectionFeature, IHttpMaxRequestBodySizeFeature
    {
        public bool CanHaveBody => content.Length > 0;

        public bool IsReadOnly => content.Position > 0;

        // It was judged when the request came.
        public long? MaxRequestBodySize { get; set; }
    }
}

/// <summary>What came of an attempt.</summary>
/// <param name="Answer">What is to be kept; null if there is nothing.</param>
/// <param name="Lack">What it lacked.</param>
internal sealed record Replayed(KeptAnswer? Answer, Lack Lack);

/// <summary>What an attempt lacked.</summary>
internal enum Lack
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The function did not start, or had no place. Whether it does for another attempt is open.</summary>
    Start,

    /// <summary>The function's answer broke off.</summary>
    Answer,

    /// <summary>The function's answer was larger than what is kept.</summary>
    Room,

    /// <summary>The function or the route is not in the configuration any more.</summary>
    Function,
}
