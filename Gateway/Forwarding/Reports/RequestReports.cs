using System.Diagnostics;
using Gateway.Activation;
using Gateway.Listening;
using Gateway.Telemetry;
using Gateway.Telemetry.AccessLogs;
using Gateway.Telemetry.Requests;
using Microsoft.AspNetCore.Http.Features;
using Prometheus;
using Yarp.ReverseProxy.Model;

namespace Gateway.Forwarding.Reports;

/// <summary>Tells the metrics and the access log of each request that has ended. Those of the admin endpoint and of the warm-up are nobody's.</summary>
internal sealed class RequestReports(FunctionRegistry registry, GatewayMetrics metrics, AccessLog log, IWarmUpGate warmUp, TimeProvider time, ILogger<RequestReports> logger)
{
    private static readonly Exemplar.LabelKey s_traceId = Exemplar.Key("trace_id");

    /// <summary>Reports a request.</summary>
    /// <param name="context">The request, which has been answered.</param>
    /// <param name="begun">When it began, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void Ended(HttpContext context, long begun)
    {
        if (NameOf(context) is not { } name)
        {
            return;
        }

        var now = time.GetTimestamp();
        var (elapsed, status, method) = (time.GetElapsedTime(begun, now), StatusOf(context), context.Request.Method);
        metrics.Requests.Of(name)?.Ended(now / time.TimestampFrequency, method, status, IsTunnel(context, status) ? null : elapsed, TraceOf(context.Request));
        var answer = context.Features.Get<OwnAnswer>();
        var own = status >= StatusCodes.Status400BadRequest || answer == OwnAnswer.Ignored ? answer?.Reason : null;
        if (own is not null && answer != OwnAnswer.Ignored)
        {
            RequestErrorLog.OwnAnswer(logger, name.Length == 0 ? "no route" : name, context.TraceIdentifier, status, own);
        }

        if (log.IsOn)
        {
            var cold = context.Features.Get<ColdRequest>();
            if (log.Wants(isNotable: cold is not null || context.Features.Get<WaitedInVain>() is not null || status >= StatusCodes.Status500InternalServerError))
            {
                log.Add(EntryOf(context, name, status, elapsed, own, cold));
            }
        }
    }

    /// <summary>Returns whether a request that has just come may be a client's. The warm-up's show nowhere.</summary>
    public bool IsClients(HttpContext context) => warmUp.Done && context.Features.Get<Listener>() is not { IsAdmin: true };

    private AccessLogEntry EntryOf(HttpContext context, string name, int status, TimeSpan elapsed, string? own, ColdRequest? cold)
    {
        var (request, client) = (context.Request, context.Connection.RemoteIpAddress);
        return new AccessLogEntry(
            time.GetUtcNow() - elapsed,
            context.TraceIdentifier,
            client is null ? "-" : (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString(),
            AccessLogEntry.Cut(request.Method, AccessLogEntry.LongestWord),
            AccessLogEntry.Cut(request.Host.Value ?? "", AccessLogEntry.LongestWord),
            AccessLogEntry.Cut(context.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } target ? target : request.Path, AccessLogEntry.LongestTarget),
            request.Protocol,
            status,
            elapsed,
            name,
            own,
            cold);
    }

    /// <summary>Returns the function or cluster that the request was for, or the name of those without a route; null if nobody is to hear of it.</summary>
    private string? NameOf(HttpContext context)
    {
        // A route may write the name of its cluster in another case.
        var route = context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>();
        var cluster = route?.Cluster?.ClusterId ?? route?.Config.ClusterId;
        if (cluster is null)
        {
            return context.Features.Get<Listener>() is { IsAdmin: true } ? null : RequestMetrics.NoRoute;
        }

        return cluster switch
        {
            FunctionClusters.ListenRoute => context.Features.Get<Listener>()?.Function?.Name ?? RequestMetrics.NoRoute,
            // A client may send the warm-up's Host too.
            FunctionClusters.WarmUpRoute => warmUp.Done ? RequestMetrics.NoRoute : null,
            _ => registry.TryGet(cluster, out var function) ? function.Name : cluster,
        };
    }

    // nginx's status for a client that has left, which nobody gets to see.
    private static int StatusOf(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;

    private static bool IsTunnel(HttpContext context, int status) => status == StatusCodes.Status101SwitchingProtocols || HttpMethods.IsConnect(context.Request.Method);

    // A trace that is not recorded cannot be looked up.
    private static Exemplar? TraceOf(HttpRequest request) =>
        TraceParent.Of(request) is var trace && trace.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? Exemplar.From(s_traceId.WithValue(trace.TraceId.ToHexString())) : null;
}

/// <summary>Marks a request that waited for its function and got no answer of it.</summary>
internal sealed class WaitedInVain
{
    public static WaitedInVain Instance { get; } = new();
}
