using System.Diagnostics;
using Gateway.Model;

namespace Gateway.Forwarding;

/// <summary>Reads the trace to which a request belongs.</summary>
internal static class TraceParent
{
    /// <summary>
    /// Returns the gateway's own span of the request, if requests are traced, else the span that the client names in <c>traceparent</c> (W3C Trace Context, section 3.2);
    /// the default if there is neither.
    /// </summary>
    public static ActivityContext Of(HttpRequest request) =>
        // One that is not recorded was made for the log alone, and nobody sends it anywhere.
        Activity.Current is { Recorded: true } own ? own.Context
        : request.Headers.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, request.Headers.TraceState, isRemote: true, out var trace) ? trace
        : default;

    /// <summary>Returns the same for a cold start that the request causes, waits for or is served by; null if there is neither span.</summary>
    public static RequestTrace? ForColdStart(HttpRequest request) => Of(request) is var span && span != default ? new RequestTrace(span) : null;
}
